/** The part of jsdom that static pictures use; the package ships no types. */

declare module "jsdom" {
  export class JSDOM {
    constructor(html: string, options: { readonly runScripts: "outside-only"; readonly pretendToBeVisual: boolean });
    readonly window: unknown;
  }
}
