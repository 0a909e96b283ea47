import t from 'tap'
import {
  type ArmedFailpoint,
  createFailpoint,
  parseFailpoint,
  readFailpointSetting
} from '../src/failpoint.ts'
import { failpoints } from '../src/failpoint-catalog.ts'

t.test('a failpoint is read from the environment, or refused in a sentence', async t => {
  t.equal(readFailpointSetting({}, 'agent'), undefined)
  t.match(readFailpointSetting({ CAP_FAILPOINT: 'file:/tmp/x' }, 'panel'), { file: '/tmp/x' })
  t.match(
    readFailpointSetting({ CAP_FAILPOINT: 'agent.effect.done@stop+kill:delay:50' }, 'agent'),
    { armed: { name: 'agent.effect.done', action: { do: 'delay', ms: 50 } } }
  )
  const wrong: [string, string | undefined, RegExp][] = [
    ['agent.effect.done:kill9', 'production', /tests alone.*NODE_ENV is production/],
    ['file:/tmp/x', 'production', /tests alone/],
    [
      'agent.effect.dun:kill9',
      'test',
      /the agent has no "agent.effect.dun", only .*agent.effect.done/
    ],
    ['panel.ack.written:kill9', 'test', /the agent has no "panel.ack.written"/],
    ['agent.effect.done:explode', 'test', /must end in :kill9, :stop, :error or :delay:MS/],
    ['agent.effect.done:delay', 'test', /must end in/],
    ['agent.effect.done:kill9:5', 'test', /must end in/],
    ['nonsense', 'test', /the agent has no "nonsense"/]
  ]
  for (const [CAP_FAILPOINT, NODE_ENV, words] of wrong) {
    t.throws(() => readFailpointSetting({ CAP_FAILPOINT, NODE_ENV }, 'agent'), words, CAP_FAILPOINT)
  }
})

t.test('each name says whose it is, and how an act passes it', async t => {
  for (const [name, { kinds, road, says }] of Object.entries(failpoints)) {
    t.match(name, /^(panel|agent)\.[a-z]+\.[a-z]+$/)
    t.equal(kinds.length > 0, !/enrolment|rotation/.test(road), name)
    t.not(says, '')
  }
})

t.test('it fires once, with the first or with the last of those that it waits for', async t => {
  const world = (text: string) => {
    let armed: ArmedFailpoint | undefined = parseFailpoint(text, 'panel')
    const signals: string[] = []
    const failpoint = createFailpoint({
      armed: () => armed,
      disarm() {
        armed = undefined
      },
      signal: name => void signals.push(name),
      tell: () => undefined
    })
    return { failpoint, signals }
  }
  const one = world('panel.ack.written:kill9')
  await one.failpoint('panel.ack.received', 'stop')
  t.same(one.signals, [])
  await one.failpoint('panel.ack.written', 'stop')
  await one.failpoint('panel.ack.written', 'stop')
  t.same(one.signals, ['SIGKILL'])

  const two = world('panel.ack.written@stop+kill:stop')
  await two.failpoint('panel.ack.written', 'start')
  const waiting = two.failpoint('panel.ack.written', 'stop')
  await two.failpoint('panel.ack.written', 'stop')
  t.same(two.signals, [], 'the other kind has not come')
  await two.failpoint('panel.ack.written', 'kill')
  await waiting
  t.same(two.signals, ['SIGSTOP'], 'one process stops once')

  const three = world('panel.ack.written@stop+kill:error')
  const both = ['stop', 'kill'].map(kind => three.failpoint('panel.ack.written', kind))
  for (const each of both) await t.rejects(each, /failpoint panel.ack.written/)
  await three.failpoint('panel.ack.written', 'stop')
})
