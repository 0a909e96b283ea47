import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import type { AltDraft } from './alt-draft.ts'
import { InstallFields } from './install-fields.tsx'
import { StopFields } from './stop-fields.tsx'
import { useCtrls } from './templates-queries.ts'
import { VariableDrafts } from './variable-drafts.tsx'

export interface PartProps {
  draft: AltDraft
  onChange: (draft: AltDraft) => void
}

/** All that makes a game a template. */
export function AltForm(
  props: PartProps & {
    title: string
    text: string
    error: unknown
    isPending: boolean
    isDisabled?: boolean
    onSubmit: () => void
  }
) {
  const { draft, onChange, ...card } = props
  const save = useTexts().settings.save
  return (
    <FormCard {...card} submit={save}>
      <NameFields draft={draft} onChange={onChange} />
      <StartFields draft={draft} onChange={onChange} />
      <StopFields draft={draft} onChange={onChange} />
      <VariableDrafts draft={draft} onChange={onChange} />
      <InstallFields draft={draft} onChange={onChange} />
    </FormCard>
  )
}

function NameFields({ draft, onChange }: PartProps) {
  const texts = useTexts()
  const ctrls = useCtrls().data?.data ?? []
  return (
    <>
      <div className="pair">
        <TextInput
          label={texts.people.roleName}
          required
          maxLength={64}
          value={draft.name}
          onChange={event => onChange({ ...draft, name: event.currentTarget.value })}
        />
        <NativeSelect
          label={texts.templates.ctrl}
          data={ctrls.map(({ id, name }) => ({ value: id, label: name }))}
          value={draft.ctrlId}
          onChange={event => onChange({ ...draft, ctrlId: event.currentTarget.value })}
        />
      </div>
      <Textarea
        label={texts.people.description}
        rows={3}
        maxLength={2_000}
        value={draft.description}
        onChange={event => onChange({ ...draft, description: event.currentTarget.value })}
      />
      <TextInput
        label={texts.templates.tags}
        description={texts.templates.tagsHint}
        value={draft.tags}
        onChange={event => onChange({ ...draft, tags: event.currentTarget.value })}
      />
    </>
  )
}

function StartFields({ draft, onChange }: PartProps) {
  const texts = useTexts().templates
  const modes = (['ARGV', 'SHELL_ENV'] as const).map(value => ({
    value,
    label: texts.startupModes[value]
  }))
  return (
    <>
      <div className="pair">
        <TextInput
          label={texts.image}
          required
          maxLength={255}
          value={draft.dockerImage}
          onChange={event => onChange({ ...draft, dockerImage: event.currentTarget.value })}
        />
        <Textarea
          label={texts.images}
          description={texts.imagesHint}
          className="code-field"
          rows={2}
          resize="vertical"
          value={draft.dockerImages}
          onChange={event => onChange({ ...draft, dockerImages: event.currentTarget.value })}
        />
      </div>
      <Textarea
        label={texts.startup}
        description={texts.startupHint}
        className="code-field"
        required
        rows={3}
        maxLength={8_192}
        resize="vertical"
        value={draft.startup}
        onChange={event => onChange({ ...draft, startup: event.currentTarget.value })}
      />
      <NativeSelect
        label={texts.startupMode}
        data={modes}
        value={draft.startupMode}
        onChange={event =>
          onChange({
            ...draft,
            startupMode: event.currentTarget.value === 'ARGV' ? 'ARGV' : 'SHELL_ENV'
          })
        }
      />
      <Textarea
        label={texts.done}
        description={texts.doneHint}
        className="code-field"
        rows={2}
        resize="vertical"
        value={draft.done}
        onChange={event => onChange({ ...draft, done: event.currentTarget.value })}
      />
    </>
  )
}
