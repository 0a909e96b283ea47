import { Switch, Textarea, TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'
import type { PartProps } from './alt-form.tsx'

const usual = { image: 'debian:bookworm-slim', entrypoint: 'bash', script: '' }

export function InstallFields({ draft, onChange }: PartProps) {
  const texts = useTexts().templates
  const { install } = draft
  const set = (change: Partial<typeof usual>) =>
    onChange({ ...draft, install: { ...(install ?? usual), ...change } })
  return (
    <>
      <Switch
        label={texts.hasInstall}
        checked={install !== null}
        onChange={event =>
          onChange({ ...draft, install: event.currentTarget.checked ? usual : null })
        }
      />
      {install && (
        <>
          <div className="pair">
            <TextInput
              label={texts.installImage}
              required
              maxLength={255}
              value={install.image}
              onChange={event => set({ image: event.currentTarget.value })}
            />
            <TextInput
              label={texts.entrypoint}
              className="code-field"
              required
              maxLength={256}
              value={install.entrypoint}
              onChange={event => set({ entrypoint: event.currentTarget.value })}
            />
          </div>
          <Textarea
            label={texts.script}
            description={texts.scriptHint}
            className="code-field"
            required
            rows={14}
            maxLength={65_536}
            spellCheck={false}
            resize="vertical"
            value={install.script}
            onChange={event => set({ script: event.currentTarget.value })}
          />
        </>
      )}
    </>
  )
}
