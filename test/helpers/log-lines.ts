import { vi } from 'vitest'
import * as z from 'zod'

const lineSchema = z.record(z.string(), z.unknown())
export type Line = z.output<typeof lineSchema>

/** What the Worker logs while `act` runs: the lines that are JSON, and the whole text. */
export async function logLines(act: () => Promise<unknown>): Promise<{ lines: Line[]; text: string }> {
  const texts: string[] = []
  const spies = (['log', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...values: unknown[]) => {
      texts.push(values.join(' '))
    }),
  )
  try {
    await act()
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  const lines = texts.filter((text) => text.startsWith('{')).map((text) => lineSchema.parse(JSON.parse(text)))
  return { lines, text: texts.join('\n') }
}
