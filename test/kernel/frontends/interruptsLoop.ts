/** The stop button of a notebook's page ends an endless loop, and only that. */

import type { Locator } from "playwright-core";

/** What the pages of all front ends can do. */
export interface NotebookPage {
  /** Types a cell and runs it; returns the cell. */
  run(code: string): Promise<Locator>;
  /** Waits until the cell's outputs have this text. */
  shows(cell: Locator, text: string): Promise<void>;
  /** Presses a button by its name in the page. */
  press(button: string): Promise<void>;
  screenshot(name: string): Promise<void>;
}

/**
 * @param button    the stop button
 * @param expected  an expression over what cells before have declared, and what it gives
 */
export async function interruptsLoop(
  page: NotebookPage,
  button: string,
  [expression, value]: readonly [string, string],
): Promise<void> {
  const cell = await page.run('console.log("looping");\nwhile (true) {}');
  await page.shows(cell, "looping");
  await page.press(button);
  await page.shows(cell, "KeyboardInterrupt");
  await page.shows(await page.run(expression), value);
  await page.screenshot("interrupt");
}
