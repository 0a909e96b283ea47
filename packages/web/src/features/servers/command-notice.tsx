import { Alert, Loader } from '@mantine/core'
import type { Command, Server } from '../../api/client.ts'
import type { Texts } from '../../texts/en.ts'
import { useTexts } from '../../texts/language.tsx'
import { Meter } from '../../ui/parts.tsx'

/** What is being done with the server, how far it is, and why the last act failed. */
export function CommandNotice(props: { server: Server; command: Command | undefined }) {
  const texts = useTexts()
  const { command } = props
  if (!command || command.kind === 'console.input') return null
  const what = titleOf(command, texts)
  if (!command.finishedAt) {
    const { percent, message } = progressOf(command)
    const stage: Partial<Record<string, string>> = texts.commands
    return (
      <div className="card" role="status">
        <div className="row">
          <Loader size="xs" aria-hidden="true" />
          <span>
            {what}: {message ?? stage[command.status] ?? command.status}
            {percent !== undefined && ` (${Math.round(percent)} %)`}
          </span>
        </div>
        {percent !== undefined && <Meter part={percent / 100} />}
      </div>
    )
  }
  if (command.status === 'SUCCEEDED' || command.status === 'CANCELLED') return null
  return (
    <Alert color="red" role="alert" title={texts.failed.title}>
      <p className="prose">
        {what}: {command.errorMessage ?? command.errorCode ?? command.status}
      </p>
    </Alert>
  )
}

function titleOf(command: Command, texts: Texts): string {
  const names: Partial<Record<string, string>> = texts.commands
  const kind = command.kind.split('.').at(-1) ?? ''
  return names[kind] ?? texts.commands.other
}

function progressOf({ progress }: Command): { percent?: number; message?: string } {
  if (typeof progress !== 'object' || progress === null) return {}
  const { percent, message } = progress as Record<string, unknown>
  return {
    ...(typeof percent === 'number' && { percent }),
    ...(typeof message === 'string' && { message })
  }
}
