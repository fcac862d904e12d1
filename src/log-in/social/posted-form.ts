import type { Keys } from '../../keys'
import { seal, unsealWithAny } from '../../lib/seal'

/*
 * The form that a provider posts with its answer. It takes one hop through the address of the callback, sealed, because it holds a code
 * and a name.
 */

const USE = 'form of a provider'

export const sealForm = (keys: Keys, form: URLSearchParams): Promise<string> =>
  seal(keys.current.social, form.toString(), USE)

/** What is in a sealed form. Nothing, if it is not one of ours. */
export async function openForm(keys: Keys, sealed: string): Promise<URLSearchParams> {
  const text = await unsealWithAny(
    keys.all.map(({ social }) => social),
    sealed,
    USE,
  )
  return new URLSearchParams(text ?? '')
}
