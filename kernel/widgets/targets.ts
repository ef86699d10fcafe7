/** The comm targets of Jupyter's widgets. */

/** Every control is a comm that the kernel opens under this name. */
export const MODEL_TARGET = "jupyter.widget";

/** By this target a page with ipywidgets 6 asks which version we speak. */
export const VERSION_TARGET = "jupyter.widget.version";

/** By this target a page with ipywidgets 8 asks for all models. */
export const CONTROL_TARGET = "jupyter.widget.control";
