import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Expects that axe-core finds nothing, best practices included, and that the page fits into the width of its window. */
export async function expectAccessible(page: Page): Promise<void> {
  // It is half a megabyte, and the page keeps it until it is left.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })")
  expect(violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }))).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 'scrolls sideways').toBeLessThan(1)
}

/** Checks a page in light colours on a wide window and in dark colours on a narrow one. Colours do not depend on widths, so two looks are enough. */
export async function expectAccessibleInEveryLook(page: Page): Promise<void> {
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 360],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 800 })
    await expectAccessible(page)
  }
}
