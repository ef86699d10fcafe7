/** How the notebook interrupts library code. */

/** The kernel's signal for the running cell; undefined outside of a notebook. */
export function hostSignal(): AbortSignal | undefined {
  return (globalThis as { readonly interruptSignal?: AbortSignal }).interruptSignal;
}
