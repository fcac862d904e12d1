import { $ } from '../dom'
import { type Answer, fieldsOf, sendForm } from '../part'
import { showTimes } from '../times'
import { Draft } from './draft'
import { differences, HELD, LEFT, merge, replace, replaceSubtasks, typedIn, UNFINISHED, without } from './fields'
import { inRow, putRow } from './row'

/** So long nobody has typed (ms). */
const IDLE_MS = 800
const FIRST_RETRY_MS = 2000
const LAST_RETRY_MS = 30_000

/** What is sent beside the fields: the names and values of buttons. And what is not sent yet. */
interface Wish {
  pressed: readonly (readonly [name: string, value: string])[]
  held: readonly string[]
}

const NO_WISH: Wish = { pressed: [], held: HELD }

/** Saves a form as people fill it in: one request at a time, and the newest state next. */
export class Saver {
  /** While an input method composes a syllable, there is no text yet. */
  isComposing = false
  /** What the server has. */
  private saved: URLSearchParams
  private readonly draft: Draft
  private running: Promise<Answer['kind']> | null = null
  private wish = NO_WISH
  /** Until somebody chooses: in a conflict, or if nobody is signed in. */
  private isPaused = false
  /** Somebody goes to sign in again, and comes back to the draft. */
  comesBack = false
  private retryMs = FIRST_RETRY_MS
  private timer = 0

  /** `root` has the form, and what belongs to it. */
  constructor(
    private readonly root: HTMLElement,
    readonly form: HTMLFormElement,
  ) {
    this.saved = without(HELD, typedIn(form))
    this.draft = new Draft(form)
    this.draft.offer()
  }

  isDirty = ({ pressed, held }: Wish = { ...this.wish, held: UNFINISHED }): boolean =>
    pressed.length > 0 || differences(without(held, typedIn(this.form), this.saved), this.saved).length > 0

  /** Something has changed. It is saved after a while, or at once. */
  change(isText: boolean): void {
    this.keepDraft()
    if (!this.isPaused && this.retryMs === FIRST_RETRY_MS) this.say('')
    if (isText) this.saveIn(IDLE_MS)
    else this.save()
  }

  /**
   * Saves what was typed. False if it could not be saved.
   * @param released fields that are sent too, which wait otherwise
   */
  async save(released: readonly string[] = [], submitter: HTMLElement | null = null): Promise<boolean> {
    const { wish } = this
    const { name = '', value = '' } = submitter instanceof HTMLButtonElement ? submitter : {}
    // A button that is pressed again while it waits is sent once, as the last one.
    const others = wish.pressed.filter(([known, its]) => known !== name || its !== value)
    const pressed = name === '' ? wish.pressed : [...others, [name, value] as const]
    this.wish = { pressed, held: wish.held.filter((field) => !released.includes(field)) }
    if (submitter) this.isPaused = false
    while (this.running) await this.running
    if (!this.isDirty(this.wish)) return true
    if (this.isComposing || this.isPaused) return false
    const sending = this.wish
    this.wish = NO_WISH
    const outcome = await this.send(this.fieldsFor(sending), without(sending.held, typedIn(this.form), this.saved))
    if (outcome === 'unreachable') {
      const held = this.wish.held.filter((name) => sending.held.includes(name))
      this.wish = { pressed: [...sending.pressed, ...this.wish.pressed], held }
    }
    return outcome === 'done'
  }

  /** Sends what an earlier opening of the form could not save. */
  async useDraft(): Promise<void> {
    const fields = this.draft.offered()
    while (this.running) await this.running
    if (fields && (await this.send(fields, typedIn(this.form))) === 'done') this.draft.drop()
  }

  dropDraft = (): void => this.draft.drop()

  /** Forgets what is not saved. */
  discard(): void {
    clearTimeout(this.timer)
    this.wish = NO_WISH
    this.saved = typedIn(this.form)
    this.draft.keep(null)
  }

  /** Nobody sees the form any more. What cannot be saved now stays as a draft, and the row in the list says so. */
  async leave(): Promise<void> {
    const isSaved = await this.save(LEFT)
    clearTimeout(this.timer)
    const body = isSaved ? null : inRow(this.form.action, '.body')
    body?.append(Object.assign(document.createElement('p'), { className: 'late', textContent: this.words('notSaved') }))
  }

  /** The page is being left: the browser sends what is not saved, and nobody sees the answer. The draft stays. */
  sendLast(): void {
    if (this.isPaused || !this.isDirty()) return
    const init = {
      method: 'POST',
      body: this.fieldsFor({ ...this.wish, held: UNFINISHED }),
      keepalive: true,
      redirect: 'manual',
    } as const
    fetch(this.form.action, init).catch(() => undefined)
  }

  private fieldsFor({ pressed, held }: Wish): URLSearchParams {
    const fields = without(held, fieldsOf(this.form), this.saved)
    for (const [name, value] of pressed) {
      if (name.endsWith('[]')) fields.append(name, value)
      else fields.set(name, value)
    }
    return fields
  }

  private async send(fields: URLSearchParams, sent: URLSearchParams): Promise<Answer['kind']> {
    clearTimeout(this.timer)
    this.say('saving')
    this.running = sendForm(this.form.action, fields).then((answer) => this.take(answer, sent))
    try {
      return await this.running
    } finally {
      this.running = null
    }
  }

  private take(answer: Answer, sent: URLSearchParams): Answer['kind'] {
    const { kind } = answer
    if (kind === 'signed out') {
      this.isPaused = true
      this.say('signedOut')
    } else if (kind === 'unreachable') {
      this.say('unsaved')
      this.saveIn(this.retryMs)
      this.retryMs = Math.min(2 * this.retryMs, LAST_RETRY_MS)
    } else {
      this.retryMs = FIRST_RETRY_MS
      this.show(answer.part, sent, kind === 'done')
      this.isPaused = kind === 'refused' && (answer.status === 412 || answer.status === 404)
      this.say(kind === 'refused' ? 'notSaved' : this.isDirty(NO_WISH) ? '' : 'saved')
    }
    this.keepDraft()
    return kind
  }

  private show(part: DocumentFragment, sent: URLSearchParams, isSaved: boolean): void {
    showTimes(part)
    const action = part.querySelector('form')?.action
    if (action && action !== this.form.action) {
      this.form.action = action
      history.replaceState(history.state, '', action)
    }
    const has = merge(this.form, part, sent)
    if (isSaved) this.saved = without(HELD, has, this.saved)
    else $('.says', this.form)?.scrollIntoView({ block: 'nearest' })
    replaceSubtasks(this.root, part)
    replace('.panel-foot', this.root, part)
    putRow(part)
    if (isSaved && this.isDirty(NO_WISH)) this.saveIn(IDLE_MS)
  }

  private saveIn(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), ms)
  }

  private keepDraft(): void {
    this.draft.keep(this.isDirty() ? fieldsOf(this.form) : null)
  }

  private words = (name: string): string => $('.panel-head .outcome', this.root)?.dataset[name] ?? ''

  private say(name: string): void {
    const status = $('.panel-head .outcome', this.root)
    if (status) status.textContent = this.words(name)
    $('.retry', this.root)?.toggleAttribute('hidden', name !== 'unsaved')
    $('.panel-head .sign-in', this.root)?.toggleAttribute('hidden', name !== 'signedOut')
  }
}
