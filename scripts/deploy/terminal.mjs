import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Stop } from './stop.mjs'

/**
 * Where the deploy says what it does and asks what it does not know.
 * @typedef {object} Terminal
 * @property {boolean} canAsk
 * @property {(line: string) => void} say
 * @property {(line: string) => void} warn
 * @property {(question: string, options?: { initial?: string, hidden?: boolean }) => Promise<string>} ask
 */

/** @returns {Terminal} */
export function openTerminal() {
  return {
    canAsk: Boolean(process.stdin.isTTY && process.stdout.isTTY),
    say: (line) => console.log(line),
    warn: (line) => console.error(line),
    ask,
  }
}

async function ask(question, { initial, hidden = false } = {}) {
  const shown = `${question}${initial === undefined ? '' : ` [${initial}]`} `
  process.stdout.write(shown)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stdout, terminal: true })
  try {
    const ended = new Promise((_, reject) => lines.once('close', () => reject(new Stop('Nobody answered.'))))
    const answer = await Promise.race([lines.question(''), ended])
    return answer.trim() || (initial ?? '')
  } finally {
    lines.close()
    if (hidden) process.stdout.write('\n')
  }
}

/**
 * @param {Terminal} terminal
 * @param {string} question
 * @param {boolean} [initial] what Enter means
 */
export async function confirm(terminal, question, initial = true) {
  for (;;) {
    const answer = (await terminal.ask(`${question} ${initial ? '[Y/n]' : '[y/N]'}`)).toLowerCase()
    if (answer === '') return initial
    if (['y', 'yes'].includes(answer)) return true
    if (['n', 'no'].includes(answer)) return false
  }
}

/**
 * @param {Terminal} terminal
 * @param {string} question
 * @param {Record<string, string>} choices what each answer means
 * @returns {Promise<string>} one of the keys
 */
export async function choose(terminal, question, choices) {
  const width = Math.max(...Object.keys(choices).map((key) => key.length))
  for (const [key, meaning] of Object.entries(choices)) terminal.say(`    ${key.padEnd(width)}  ${meaning}`)
  for (;;) {
    const answer = await terminal.ask(question)
    if (Object.hasOwn(choices, answer)) return answer
  }
}
