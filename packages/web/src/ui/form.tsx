import type { ReactNode } from 'react'

/** What is sent by Enter as well as by its button, and by us instead of the browser. */
export function Form(props: { className: string; onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      className={props.className}
      onSubmit={event => {
        event.preventDefault()
        props.onSubmit()
      }}
    >
      {props.children}
    </form>
  )
}
