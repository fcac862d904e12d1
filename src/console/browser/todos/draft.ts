import { DRAFT } from '../stored'

/** Keeps what stands in the field while it is no to-do, also if the page is left. Answers with a function that forgets it. */
export function keepDraft(field: HTMLInputElement, user: string): () => void {
  const name = DRAFT + user
  const set = (text: string) => {
    try {
      if (text === '') sessionStorage.removeItem(name)
      else sessionStorage.setItem(name, text)
    } catch {
      // The browser keeps nothing for this page.
    }
  }
  try {
    const draft = sessionStorage.getItem(name)
    if (draft !== null && field.value === '') {
      field.value = draft
      field.dispatchEvent(new Event('input'))
    }
  } catch {
    // As above.
  }
  field.addEventListener('input', () => set(field.value))
  return () => set('')
}
