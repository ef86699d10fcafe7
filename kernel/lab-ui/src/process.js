/** What packages that were written for Node ask of `process`. */
export const process = {
  env: {},
  argv: [],
  platform: "browser",
  cwd: () => "/",
  nextTick: (call, ...rest) => queueMicrotask(() => call(...rest)),
};
