import type { FormEvent, ReactNode } from 'react'
import { Preferences } from '../../ui/preferences.tsx'
import { Brand } from '../../ui/shell.tsx'

/** The frame of what is done before somebody is in. */
export function Door(props: {
  title: string
  text: string
  children: ReactNode
  onSubmit: () => void
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <main className="door">
      <Brand />
      <form className="card door-card stack" onSubmit={submit}>
        <div className="tight">
          <h1>{props.title}</h1>
          <p className="quiet">{props.text}</p>
        </div>
        {props.children}
      </form>
      <div className="door-foot">
        <Preferences />
      </div>
    </main>
  )
}
