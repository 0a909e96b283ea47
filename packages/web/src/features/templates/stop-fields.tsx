import { NativeSelect, TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'
import type { AltDraft } from './alt-draft.ts'
import type { PartProps } from './alt-form.tsx'

type Stop = AltDraft['stop']
type Signal = Extract<Stop, { type: 'signal' }>['value']

const signals: readonly Signal[] = [
  ...(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const),
  ...(['SIGUSR1', 'SIGUSR2', 'SIGABRT', 'SIGKILL'] as const)
]

/** A line that is typed into the game, or a signal. */
export function StopFields({ draft, onChange }: PartProps) {
  const texts = useTexts().templates
  const { stop } = draft
  const set = (changed: Stop) => onChange({ ...draft, stop: changed })
  const { graceSeconds } = stop
  return (
    <div className="pair">
      <NativeSelect
        label={texts.stop}
        data={(['command', 'signal'] as const).map(value => ({ value, label: texts.stops[value] }))}
        value={stop.type}
        onChange={event =>
          set(
            event.currentTarget.value === 'command'
              ? { type: 'command', value: 'stop', graceSeconds }
              : { type: 'signal', value: 'SIGTERM', graceSeconds }
          )
        }
      />
      {stop.type === 'command' ? (
        <TextInput
          label={texts.stopValue}
          className="code-field"
          required
          maxLength={512}
          value={stop.value}
          onChange={event => set({ ...stop, value: event.currentTarget.value })}
        />
      ) : (
        <NativeSelect
          label={texts.stopValue}
          data={[...signals]}
          value={stop.value}
          onChange={event =>
            set({
              ...stop,
              value: signals.find(name => name === event.currentTarget.value) ?? stop.value
            })
          }
        />
      )}
      <TextInput
        type="number"
        label={texts.grace}
        required
        min={1}
        max={600}
        value={graceSeconds}
        onChange={event => set({ ...stop, graceSeconds: event.currentTarget.valueAsNumber || 0 })}
      />
    </div>
  )
}
