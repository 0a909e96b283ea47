import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import t from 'tap'
import { readExpression } from '../src/features/servers/expression.ts'
import { changedValues } from '../src/features/servers/server-values.ts'
import {
  newRuleWork,
  ruleProblems,
  rulesOf,
  valueAgainstRules
} from '../src/features/servers/variable-rules.ts'

/** Rules, a value, and what would be right: nothing where the value keeps them. */
type Row = [string | string[], string, string?]

t.test('each rule takes what it should, and says what would be right', async t => {
  const rows: Row[] = [
    ['required', '', 'must be given'],
    ['required', '  ', 'must be given'],
    ['required', '0'],
    ['Required|String', '', 'must be given'],
    ['filled', '', 'must be given'],
    ['accepted', '', 'must be 1, yes, on or true'],
    ['accepted', 'no', 'must be 1, yes, on or true'],
    ['accepted', 'on'],
    ['', 'anything'],
    ['|||', 'anything'],
    ['nullable', ''],
    ['Nullable|integer', ''],
    ['present|integer|min:3', ''],
    ['sometimes|string|bail', 'x'],

    ['numeric', '-1.5'],
    ['numeric', '1e3'],
    ['numeric', '.5'],
    ['numeric', '1,5', 'must be a number'],
    ['numeric', ' 1', 'must be a number'],
    ['numeric', '0x1f', 'must be a number'],
    ['integer', '+5'],
    ['int', '-3'],
    ['integer', '0'],
    ['integer', '007', 'must be a whole number'],
    ['integer', '1.0', 'must be a whole number'],
    ['integer', '9223372036854775807'],
    ['integer', '9223372036854775808', 'must be a whole number'],
    ['integer', '-9223372036854775808'],
    ['boolean', '1'],
    ['bool', '0'],
    ['boolean', 'true', 'must be 1 (yes) or 0 (no)'],
    ['boolean', ''],
    ['digits:4', '0042'],
    ['digits:4', '42', 'must be 4 digits'],
    ['digits:4', '-042', 'must be 4 digits'],
    ['digits_between:1,5', '27015'],
    ['digits_between:1,5', '270150', 'must be 1 to 5 digits'],
    ['digitsBetween:1,5', '1.5', 'must be 1 to 5 digits'],

    ['min:3', '22', 'must be at least 3 characters long'],
    ['min:3|numeric', '22'],
    ['int|min:3', '2', 'must be at least 3'],
    ['max:3', '1000', 'must be at most 3 characters long'],
    ['max:3', '🎮🎮🎮'],
    ['numeric|max:3', '3.5', 'must be at most 3'],
    ['integer|max:9007199254740993', '9007199254740994', 'must be at most 9007199254740993'],
    ['integer|max:9007199254740993', '9007199254740993'],
    ['size:17', '12345678901234567'],
    ['size:17', '17', 'must be exactly 17 characters long'],
    ['numeric|size:17', '17'],
    ['between:2,3', 'abcd', 'must be 2 to 3 characters long'],
    ['integer|between:1,64', '65', 'must be between 1 and 64'],
    ['integer|between:1, 64', '64'],
    ['between:-5,5|numeric', '-5'],
    ['gt:0', '0', 'must be a number, more than 0'],
    ['gt:0', '10'],
    ['gt:0', 'ten', 'must be a number, more than 0'],
    ['gte:1', '1'],
    ['lt:10', '9'],
    ['lt:10', '10', 'must be a number, less than 10'],
    ['lte:10', '10.5', 'must be a number, at most 10'],
    ['numeric|gt:LOW', '8', 'must be more than LOW'],
    ['numeric|gt:environment.LOW', '9.5'],
    ['lte:MODE', 'five'],
    ['gt:NONE', '1', 'must be more than NONE'],
    ['required_if:MODE,hard,dire', '', 'must be given when MODE is hard, dire'],
    ['required_if:environment.MODE,hard', '', 'must be given when MODE is hard'],
    ['required_if:MODE,easy', ''],
    ['required_if:MODE,hard', 'x'],

    ['alpha', 'Zoë'],
    ['alpha', 'R2', 'may hold letters only'],
    ['alpha_num', 'Zoë2'],
    ['alpha_num', 'a-b', 'may hold letters and digits only'],
    ['alpha_num:ascii', 'Zoë', 'may hold letters and digits only, without accents'],
    ['alpha_dash', 'ctf-1_Ä'],
    ['alpha_dash', 'ctf 1', 'may hold letters, digits, - and _ only'],
    ['in:a,b', 'b'],
    ['in:a,b', 'c', 'must be one of a, b'],
    ['in:a, b', 'b'],
    ['in:,a', ''],
    ['in:,a', 'b', 'must be one of a'],
    ['required|in:,a', '', 'must be given'],
    ['in:one', 'two', 'must be one'],
    ['in:"a,b",c', 'a,b'],
    ['in:"say ""hi""",c', 'say "hi"'],
    ['in:1', '01', 'must be 1'],
    ['not_in:a,b', 'b', 'must be none of a, b'],
    ['not_in:a,b', 'c'],
    ['starts_with:http://,https://', 'ftp://x', 'must begin with one of http://, https://'],
    ['starts_with:+', '+set'],
    ['ends_with:.jar,.zip', 'a.tar', 'must end with one of .jar, .zip'],
    ['ends_with:.jar', 'a.jar'],

    ['url', 'https://example.com/a?b=c#d'],
    ['url', 'http://192.0.2.1:8080'],
    ['url', 'example.com', 'must be an address like https://example.com/path'],
    ['url', 'https://', 'must be an address like https://example.com/path'],
    ['url', 'https://a b', 'must be an address like https://example.com/path'],
    ['url', 'javascript:alert(1)', 'must be an address like https://example.com/path'],
    ['url:ftp', 'https://example.com', 'must be an address like ftp://example.com/path'],
    ['email', 'ann@example.com'],
    ['email', 'ann', 'must be an e-mail address'],
    ['ip', '192.0.2.1'],
    ['ip', '2001:db8::1'],
    ['ip', '192.0.2.256', 'must be an IP address'],
    ['ip', 'fe80::1%eth0', 'must be an IP address'],
    ['ipv4', '2001:db8::1', 'must be an IPv4 address like 192.0.2.1'],
    ['ipv4', '192.0.2.1'],
    ['ipv6', '192.0.2.1', 'must be an IPv6 address like 2001:db8::1'],
    ['ipv6', '::1'],
    ['json', '{"a": [1, null]}'],
    ['json', "{'a': 1}", 'must be JSON'],
    ['date', '2024-02-29'],
    ['date', '2023-02-29', 'must be a date like 2030-12-31'],
    ['date', '2024/2/9 10:30'],
    ['date', '2024-02-09T10:30:00.5+02:00'],
    ['date', '31.12.2024'],
    ['date', '12/31/2024'],
    ['date', '31/12/2024', 'must be a date like 2030-12-31'],
    ['date', 'tomorrow', 'must be a date like 2030-12-31'],
    ['timezone', 'Europe/Berlin'],
    ['timezone', 'UTC'],
    ['timezone', 'Europe/Atlantis', 'must be a time zone like Europe/Berlin'],
    ['timezone', '+01:00', 'must be a time zone like Europe/Berlin'],

    ['regex:/^[\\w.-]+\\.jar$/', 'server.jar'],
    ['regex:/^a+$/', 'b', 'must match the expression /^a+$/'],
    ['not_regex:/[;&]/', 'a;b', 'must not match the expression /[;&]/'],
    ['not_regex:/[;&]/', 'a b'],
    ['regex:/^a+$/', ''],
    [['regex:/^(easy|hard)$/'], 'hard'],
    [['regex:/^(easy|hard)$/'], 'dire', 'must match the expression /^(easy|hard)$/'],
    // What the panel cannot apply says nothing here: it is told when the template is made.
    ['exists:users', 'x'],
    ['regex:/^(?!x)/', 'x'],
    ['min:x', 'a']
  ]
  const values = { LOW: '9', MODE: 'hard' }
  for (const [rules, value, right] of rows) {
    const said = valueAgainstRules(value, rulesOf(rules), { values })
    t.equal(said, right, `${rules} "${value}"`)
  }
})

t.test('rules are read as the community writes them', async t => {
  const rows: [unknown, string[]][] = [
    ['required|string|max:20', ['required', 'string', 'max:20']],
    [' required | |string|', ['required', 'string']],
    [
      ['required', 'regex:/a|b/'],
      ['required', 'regex:/a|b/']
    ],
    ['regex:/a|b/', ['regex:/a', 'b/']],
    [{ 0: 'required', 2: 'max:3' }, ['required', 'max:3']],
    [['required', 7, null, ''], ['required']],
    [null, []],
    [undefined, []],
    [7, []],
    ['', []]
  ]
  for (const [given, wanted] of rows) t.same(rulesOf(given), wanted, JSON.stringify(given))
})

t.test('a template is told of the rules that cannot be applied', async t => {
  const rows: [string, RegExp | undefined][] = [
    ['required', undefined],
    ['max:3', undefined],
    ['max:', /needs a number in its rule max:/],
    ['size', /needs a number/],
    ['between:1', /needs two numbers in its rule between:1/],
    ['in:', /needs a list/],
    ['gt:', /a number or a variable/],
    ['exists:users', /a rule that the panel does not know: exists:users/],
    ['regex:/^(?=.*\\d)a/', /cannot apply, for it looks ahead.*: \/\^\(\?=/],
    ['regex:/(a)\\1/', /it refers back/],
    ['regex:/(?<!a)b/', undefined],
    ['regex:^abc$', /no delimiters/],
    ['regex:/^(a', /no delimiters/],
    ['regex:/(/', /not written as it should be/],
    ['regex:/a/k', /PHP has no flag k/],
    ['regex:/^a{1,2000}$/', /it counts too far/],
    ['regex:/^((a{1,99}){99}){99}$/', /it counts too far/],
    [`regex:/${'a'.repeat(2_000)}/`, /longer than 2000/]
  ]
  for (const [rule, problem] of rows) {
    const [said] = ruleProblems([rule])
    if (problem) t.match(said, problem, rule)
    else t.equal(said, undefined, rule)
  }
  t.ok((ruleProblems([`regex:/${'('.repeat(1_000)}/`])[0] ?? '').length < 250, 'at no length')
})

t.test('expressions mean what PHP means by them', async t => {
  const rows: [string, string, boolean][] = [
    ['([a-z-0-9]+$)', 'ab-1', true],
    ['([a-z-0-9]+$)', '$', false],
    ['{^a{2,3}$}', 'aaa', true],
    ['{^a{2,3}$}', 'aaaa', false],
    ['~^https?://x~', 'https://x', true],
    ['#^\\#1$#', '#1', true],
    ['/^ab$/i', 'AB', true],
    ['/^a.b$/s', 'a\nb', true],
    ['/^a.b$/', 'a\nb', false],
    ['/^b$/m', 'a\nb', true],
    ['/^a b # the two\n $/x', 'ab', true],
    ['/b/A', 'ab', false],
    ['/^a+?$/UDu', 'aa', true],
    ['/^\\w+$/', 'Zoë', false],
    ['/^\\w+$/u', 'Zoë', true],
    ['/^[\\w-.]+$/u', 'Zoë-1.0', true],
    ['/^\\W+$/u', 'ë', false],
    ['/^\\d$/u', '٣', true],
    ['/^\\d$/', '٣', false],
    ['/^\\p{L}+\\pN\\x{41}$/u', 'é1A', true],
    ['/^[[:alpha:]]+$/', 'ab', true],
    ['/^[]a]+$/', ']a', true],
    ['/^a\\hb\\Z/', 'a b', true],
    ['/^\\N\\y\\"$/', 'xy"', true],
    ['/^a{,3}$/', 'a{,3}', true],
    ['/^(?<part>a)$/', 'a', true],
    ['/(?<=v)\\d/', 'v1', true],
    ['/^.$/', '🎮', true]
  ]
  for (const [text, value, isMatch] of rows) {
    const read = readExpression(text)
    t.equal(read.ok ? read.expression.test(value) : read.reason, isMatch, `${text} ${value}`)
  }
})

t.test('sixty 53: no rule and no value makes the panel work for long', async t => {
  const longest = 65_536
  const ab = Array.from({ length: longest }, (_, n) => ((n * 7_919) % 13 < 6 ? 'a' : 'b')).join('')
  const greedy = [
    ...['/^(a+)+$/', '/^(a|a)*$/', '/^(a|aa)+$/', '/(.*)(.*)(.*)(.*)(.*)[^a]$/', '/(x+x+)+y/'],
    ...['/^(?:[ab]?){300}[ab]*a[ab]{300}$/', '/^[ab]*a[ab]{900}$/', '/^(?:\\pL?){400}$/iu'],
    ...['/(a?){300}a{300}$/', '/^(([a-z])+.)+[A-Z]([a-z])+$/', '/^(?:.?){450}b/', '/(?<!a*)b$/']
  ]
  const others = ['integer', 'numeric', 'url', 'email', 'date', 'json', 'timezone', 'ip', 'alpha']
  const sized = ['numeric|max:5', 'between:1,5', `in:${'"a,'.repeat(20_000)}`, 'starts_with:a']
  const hostile = [
    ...['a', 'x', '1', '-', '.', '"', '[', 'é', '{"a":'].map(one =>
      one.repeat(longest / one.length)
    ),
    ...[`${ab}!`, `${'1'.repeat(longest)}.`, `https://${'a.'.repeat(30_000)}`, `${ab}@`]
  ]
  t.same(
    ruleProblems(greedy.slice(0, -1).map(text => `regex:${text}`)),
    [],
    'all of them are tried'
  )
  let slowest = { milliseconds: 0, what: '' }
  for (const rules of [...greedy.map(text => `regex:${text}`), ...others, ...sized]) {
    for (const value of hostile) {
      const began = performance.now()
      valueAgainstRules(value, rulesOf(rules))
      const milliseconds = performance.now() - began
      if (milliseconds > slowest.milliseconds) slowest = { milliseconds, what: rules.slice(0, 60) }
    }
  }
  // A search that tries all ways would take longer than the machine stands.
  t.ok(slowest.milliseconds < 10_000, `${slowest.what}: ${slowest.milliseconds} ms`)

  // Many of them share one purse, and what is not looked at is not let through.
  const work = newRuleWork()
  const value = ab.slice(0, 4_000)
  const said = Array.from({ length: 100 }, (_, n) =>
    valueAgainstRules(value, [`regex:/^(?:[ab]?){${300 + n}}[ab]*$/`], { work })
  )
  t.equal(said[0], undefined)
  t.match(said[99], /too many expressions/)
  t.match(ruleProblems(['regex:/a/'], work), [/too much work/])
  const variables = Array.from({ length: 8 }, (_, n) => ({
    ...{ name: 'X', envVariable: `X${n}`, defaultValue: value, userViewable: true },
    ...{ userEditable: true, rules: ['regex:/^(?:[ab]?){480}[ab]*$/'] }
  }))
  const request = { variables, current: {}, given: {}, mayEditAll: true, isNew: true }
  t.throws(() => changedValues(request), { message: /X \(X\d\).*too many expressions/ })
})

t.test('whatever rules and values hold, an answer comes back', async t => {
  const word = fc.constantFrom(
    ...[
      'required',
      'in',
      'min',
      'between',
      'regex',
      'not_regex',
      'required_if',
      'gt',
      'date',
      'url'
    ],
    ...['timezone', 'json', 'digits', 'alpha_dash', 'constructor', '__proto__', 'hasOwnProperty']
  )
  const letters = fc.constantFrom(...'/()[]{}\\^$.*+?|,-:"#a1dwpLxZQEihu '.split(''), 'é', '\ud800')
  const pattern = fc.string({ unit: letters, maxLength: 24 })
  const argument = fc.oneof(
    fc.string(),
    pattern.map(text => `/${text}/iu`),
    pattern
  )
  const rule = fc.oneof(
    fc.string(),
    fc.tuple(word, argument).map(parts => parts.join(':'))
  )
  fc.assert(
    fc.property(fc.anything(), fc.array(rule), fc.string(), (any, rules, value) => {
      const read = [...rulesOf(any), ...rulesOf(rules), ...rulesOf(rules.join('|'))]
      const said = valueAgainstRules(value, read, { values: { a: value } })
      const problems = ruleProblems(read)
      return (
        (said === undefined || said.length > 5) &&
        problems.every(text => text.length < 400) &&
        // What takes a value takes it again: nothing is kept between two looks.
        valueAgainstRules(value, read, { values: { a: value } }) === said
      )
    }),
    { numRuns: 1_500, seed: 6 }
  )
  t.pass('1,500 times')
})
