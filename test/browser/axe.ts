import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Holds the page, as it is now, to every rule of axe-core, best practices included, and to the width of its window. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })")
  expect(violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }))).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 'scrolls sideways').toBeLessThan(1)
}

/** The same in light on a desk, and in dark on a phone: what has to do with colours has nothing to do with widths. */
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
