/** `node dist/kernel/lab/buildFrontend.js`: puts JupyterLab's front end into the package before it is packed. */

import { ensureFrontend } from "./frontend.js";

await ensureFrontend({ print: console.log });
