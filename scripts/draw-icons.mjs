// What `npm run icons` runs: draws the icons of the installed app from the mark, src/console/assets/icon.svg.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.mjs'

const ASSETS = fileURLToPath(new URL('../src/console/assets/', import.meta.url))

/** Systems cut a maskable icon to a shape of their own, so it has no corners, and its mark is in the middle (W3C manifest). */
const icons = [
  { name: 'icon-192.png', size: 192, isMaskable: false },
  { name: 'icon-512.png', size: 512, isMaskable: false },
  { name: 'icon-maskable-512.png', size: 512, isMaskable: true },
]

const mark = readFileSync(`${ASSETS}icon.svg`, 'utf8')
const options = findChromium()
if (!options) throw new Error('There is no Chromium: put one on PATH or set CHROMIUM_PATH')
const browser = await chromium.launch(options)
const page = await browser.newPage()
for (const { name, size, isMaskable } of icons) {
  const drawn = isMaskable
    ? mark.replace('0 0 32 32', '-2 -2 36 36').replace('rx="8"', 'stroke="#12684f" stroke-width="8"')
    : mark
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>* { margin: 0 } svg { display: block; width: 100vw }</style>${drawn}`)
  writeFileSync(ASSETS + name, await page.screenshot({ omitBackground: true }))
}
await browser.close()
