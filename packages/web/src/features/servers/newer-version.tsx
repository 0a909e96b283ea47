import { Alert, Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Alt, answerOf, api, type Server } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { VariableFields } from '../new-server/variable-fields.tsx'
import { altQuery, altVersionsQuery } from './alt-query.ts'

type Variables = Alt['variables']

/** What its template has become since, and the step there: a server stays on its version until somebody moves it. */
export function NewerVersion(props: {
  server: Server
  /** Of the version that it is on. */
  variables: Variables
  mayChange: (variable: Variables[number]) => boolean
}) {
  const texts = useTexts()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const { server, variables, mayChange } = props
  const { id, version, newestVersion, hasUpdate } = server.alt
  const [given, setGiven] = useState<Record<string, string>>({})
  const newest = useQuery({ ...altQuery(id, newestVersion), enabled: hasUpdate })
  const versions = useQuery({ ...altVersionsQuery(id, newestVersion), enabled: hasUpdate })
  const move = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}', {
          params: { path: { id: server.id } },
          body: { altVersion: newestVersion, environment: given }
        })
      ),
    onSuccess(saved) {
      queries.setQueryData(['server', server.id], saved)
      setGiven({})
    }
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    move.mutate()
  }
  if (!hasUpdate) {
    return (
      move.isSuccess && (
        <Alert color="green" role="status">
          {texts.startup.moved(version)}
        </Alert>
      )
    )
  }
  if (newest.isPending || versions.isPending) return <Waiting />
  const failed = [newest, versions].find(query => query.isError)
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />
  const known = new Map(variables.map(({ envVariable, rules }) => [envVariable, rules.join('\n')]))
  /** What is new, or has to keep other rules. */
  const asked = newest.data?.variables.filter(
    ({ envVariable, rules }) => known.get(envVariable) !== rules.join('\n')
  )
  const later = versions.data?.data.filter(one => one.version > version) ?? []
  return (
    <form className="card stack" onSubmit={submit}>
      <div>
        <h2>{texts.startup.newer}</h2>
        <p className="quiet">{texts.startup.newerText}</p>
      </div>
      {later.map(one => (
        <div key={one.version}>
          <h3 className="quiet">
            {texts.startup.version(
              one.version,
              new Date(one.createdAt).toLocaleDateString(language)
            )}
          </h3>
          {/* In the words of the panel, as what happened to a server is. */}
          <ul className="plain" lang="en">
            {one.changes.map(change => (
              <li key={change}>{change}</li>
            ))}
          </ul>
          {one.changes.length === 0 && <p className="quiet">{texts.startup.unseen}</p>}
        </div>
      ))}
      <VariableFields
        variables={asked ?? []}
        values={{ ...server.environment, ...given }}
        mayChange={mayChange}
        onChange={(name, value) => setGiven(old => ({ ...old, [name]: value }))}
      />
      <Failure error={move.error} />
      <div>
        <Button type="submit" loading={move.isPending}>
          {texts.startup.move(newestVersion)}
        </Button>
      </div>
    </form>
  )
}
