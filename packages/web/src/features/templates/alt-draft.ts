import type { Alt, AltBody } from '../../api/client.ts'

export interface VariableDraft {
  /** Of this form alone: a name may be changed, or be there twice for a while. */
  key: string
  name: string
  envVariable: string
  description: string
  defaultValue: string
  /** One in each line: an expression may have a bar in it. */
  rules: string
  userViewable: boolean
  userEditable: boolean
}

/** An alt as it is typed. */
export interface AltDraft {
  ctrlId: string
  name: string
  description: string
  /** With commas between. */
  tags: string
  dockerImage: string
  /** One in each line: label = image. */
  dockerImages: string
  startup: string
  startupMode: Alt['startupMode']
  /** One in each line. */
  done: string
  stop: Alt['config']['stop']
  install: Alt['install']
  variables: VariableDraft[]
}

export const newDraft = (ctrlId: string): AltDraft => ({
  ctrlId,
  ...{
    name: '',
    description: '',
    tags: '',
    dockerImage: '',
    dockerImages: '',
    startup: '',
    done: ''
  },
  ...{ startupMode: 'ARGV', install: null, variables: [] },
  stop: { type: 'signal', value: 'SIGTERM', graceSeconds: 30 }
})

export function draftOf(alt: Alt): AltDraft {
  const { ctrlId, name, description, dockerImage, startup, startupMode, install } = alt
  return {
    ...{ ctrlId, name, description, dockerImage, startup, startupMode, install },
    tags: alt.tags.join(', '),
    dockerImages: Object.entries(alt.dockerImages)
      .map(([label, image]) => `${label} = ${image}`)
      .join('\n'),
    done: alt.config.done.join('\n'),
    stop: alt.config.stop,
    variables: alt.variables.map(variable => ({
      ...variable,
      key: variable.envVariable,
      rules: variable.rules.join('\n')
    }))
  }
}

export function bodyOf(draft: AltDraft): AltBody {
  const { ctrlId, name, description, dockerImage, startup, startupMode, stop, install } = draft
  return {
    ...{ ctrlId, name: name.trim(), description, dockerImage: dockerImage.trim() },
    tags: draft.tags.split(',').flatMap(tag => tag.trim() || []),
    dockerImages: imagesOf(draft.dockerImages),
    ...{ startup: startup.trim(), startupMode, install },
    config: { done: linesOf(draft.done), stop },
    variables: draft.variables.map(({ key: _, rules, ...variable }) => ({
      ...variable,
      rules: linesOf(rules)
    }))
  }
}

/** Only what is different: nobody undoes what somebody else has changed meanwhile. */
export function changesOf(before: AltDraft, after: AltDraft): Partial<AltBody> {
  const old: Record<string, unknown> = { ...bodyOf(before) }
  const changed = Object.entries(bodyOf(after)).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(old[field])
  )
  return Object.fromEntries(changed)
}

function imagesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    linesOf(text).map(line => {
      const at = line.indexOf('=')
      return at < 0
        ? [line.trim(), line.trim()]
        : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    })
  )
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter(line => line.trim() !== '')
}
