import { MAX_CONTENTS } from '../../limits'
import { HOME } from '../page/local-path'
import type { Texts } from '../texts/texts'

/** The page that is shown without a network, before the script has put in what is kept. Rows have the markup of `todos/todo-item.tsx`. */
export function Shell({ t }: { t: Texts }) {
  const { shellTitle, needsScript, nothing, signIn, add, new: label } = t.offline
  return (
    <div class="shell" data-shell>
      <h1>{shellTitle}</h1>
      <noscript>
        <p class="refused">{needsScript}</p>
      </noscript>
      <div class="notice" role="status" data-state>
        <p>{nothing}</p>
      </div>
      <p data-sign-in hidden>
        <a class="button" href={`${HOME}/sign-in`}>
          {signIn}
        </a>
      </p>
      <form class="add" autocomplete="off" hidden>
        <div class="field">
          <label for="contents">{label}</label>
          <input type="text" id="contents" name="contents" maxlength={MAX_CONTENTS} required enterkeyhint="done" />
        </div>
        <button type="submit">{add}</button>
      </form>
      <p class="refused" role="alert" data-fault hidden />
      <div class="shell-lists" data-lists />
      <div class="undo" role="status" data-undo />
      <template data-row>
        <li class="todo">
          <button type="button" class="toggle" />
          <div class="body">
            <span class="contents" dir="auto" />
            <p class="chips" />
          </div>
          <button type="button" class="remove" />
        </li>
      </template>
    </div>
  )
}
