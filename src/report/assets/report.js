// Draws the lists of the HTML report. Everything from artifacts goes in as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent)
const STEP = 100
const MARKS = { pass: '✓', fail: '✗', incomplete: '?' }
const byId = (id) => document.getElementById(id)

/** An element with attributes and children; strings become text nodes. */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

// What a search looks in, made once: filtering ten thousand findings is then a walk over strings.
for (const finding of data.findings) {
  const { rule, title, message, path, place, example, examples, see, waived } = finding
  const words = [
    rule,
    title,
    message,
    path,
    place,
    example,
    waived,
    ...(see ?? []),
    ...(examples ?? []).flat(),
  ]
  finding.words = words.join('\n').toLowerCase()
}

const state = { query: '', under: '', deciding: false, severities: new Set(data.severities), shown: STEP }

function matches(finding) {
  if (!state.severities.has(finding.severity)) return false
  if (state.deciding && !finding.decides) return false
  if (state.under && !isUnder(finding.path, state.under)) return false
  return state.query.split(/\s+/).every((word) => finding.words.includes(word))
}

function isUnder(path, place) {
  return path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}!/`)
}

function draw() {
  const found = data.findings.filter(matches)
  const shown = found.slice(0, state.shown)
  byId('list').replaceChildren(...shown.map(card))
  const all = data.findings.length
  const where = state.under ? ` in ${state.under}` : ''
  const left = data.findingsLeftOut > 0 ? ` (${data.findingsLeftOut} more are in the JSON report)` : ''
  byId('count').textContent =
    found.length === all && !state.under
      ? `${count(all, 'finding')}${left}`
      : `${count(found.length, 'finding')} of ${all}${where}`
  byId('more').hidden = found.length <= shown.length
  byId('clear').hidden = found.length === all && !state.under
}

function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
}

function card(finding) {
  const { severity, confidence, rule, title, message, path, place, examples, fix, see, waived, decides } =
    finding
  const sure = confidence === 'high' ? '' : ` (${confidence} confidence)`
  const head = element(
    'div',
    { class: 'card-head' },
    element(
      'h3',
      {},
      element('span', { class: 'severity' }, severity),
      ` ${title ?? 'Not fully inspected'}${sure}`,
    ),
    element('span', { class: 'rule' }, rule),
  )
  return element(
    'li',
    { class: severity },
    head,
    element('p', {}, message, finding.count > 1 ? ` (${count(finding.count, 'time')})` : ''),
    element('p', { class: 'path' }, place ? `${path}, ${place}` : path),
    examples?.length > 0
      ? element('ul', { class: 'examples example' }, ...examples.map(([at, text]) => example(at, text)))
      : undefined,
    fix ? element('p', { class: 'fix' }, fix) : undefined,
    see?.length > 0 ? element('p', { class: 'see' }, see.join(' · ')) : undefined,
    waived ? element('p', { class: 'see' }, `Waived: ${waived}`) : undefined,
    decides ? undefined : element('p', { class: 'see' }, 'Below the threshold of the policy'),
  )
}

function example(at, text) {
  return element('li', {}, at ? element('span', {}, `${at}  `) : undefined, text)
}

/** Folders, files and members as a tree; a path is cut at every slash and at every border of a container. */
function plant(artifacts) {
  const root = { children: new Map() }
  for (const artifact of artifacts) {
    let node = root
    let path = ''
    for (const [, border, name] of artifact.path.matchAll(/(!\/|\/|^)((?:[^/!]|!(?!\/))*)/g)) {
      path += border + name
      if (name === '' && border !== '/') continue
      let child = node.children.get(border + name)
      if (!child) {
        child = { name: name || '/', path, children: new Map() }
        node.children.set(border + name, child)
      }
      node = child
    }
    node.artifact = artifact
  }
  return root
}

const WORST = ['fail', 'incomplete', 'pass']

function outcomeOf(node) {
  const own = node.artifact?.outcome ?? 'pass'
  const all = [own, ...[...node.children.values()].map(outcomeOf)]
  node.outcome = WORST.find((outcome) => all.includes(outcome))
  return node.outcome
}

function branch(node) {
  const { outcome } = node
  const { format, size } = node.artifact ?? {}
  const about = [format, size].filter(Boolean).join(', ')
  const label = [
    element('span', { class: `mark ${outcome}`, 'aria-label': outcome, role: 'img' }, MARKS[outcome]),
    pick(node),
    about ? element('span', { class: 'about' }, ` ${about}`) : undefined,
  ]
  if (node.children.size === 0) return element('li', {}, element('span', { class: 'leaf' }), ...label)
  const list = element('ul')
  const toggle = element(
    'button',
    { type: 'button', class: 'toggle', 'aria-label': `what is in ${node.name}` },
    '▸',
  )
  const open = (isOpen) => {
    toggle.setAttribute('aria-expanded', String(isOpen))
    list.hidden = !isOpen
    if (isOpen && list.childElementCount === 0) list.append(...[...node.children.values()].map(branch))
  }
  toggle.addEventListener('click', () => open(list.hidden))
  open(outcome !== 'pass')
  return element('li', {}, toggle, ...label, list)
}

function pick(node) {
  const button = element('button', { type: 'button', 'aria-pressed': 'false' }, node.name)
  button.addEventListener('click', () => {
    const again = state.under === node.path
    for (const other of byId('tree').querySelectorAll('[aria-pressed="true"]')) {
      other.setAttribute('aria-pressed', 'false')
    }
    button.setAttribute('aria-pressed', String(!again))
    change({ under: again ? '' : node.path })
  })
  return button
}

function change(next) {
  Object.assign(state, next, { shown: STEP })
  draw()
}

for (const severity of data.severities) {
  const total = data.findings.filter((f) => f.severity === severity).length
  if (total === 0) continue
  const box = element('input', { type: 'checkbox', checked: '' })
  box.addEventListener('change', () => {
    const severities = new Set(state.severities)
    if (box.checked) severities.add(severity)
    else severities.delete(severity)
    change({ severities })
  })
  const words = element('span', { class: `${severity} severity` }, severity)
  byId('severities').append(
    element('label', { class: 'check' }, box, ' ', words, ` ${total.toLocaleString('en')}`),
  )
}
byId('query').addEventListener('input', (event) => change({ query: event.target.value.trim().toLowerCase() }))
byId('deciding').addEventListener('change', (event) => change({ deciding: event.target.checked }))
byId('more').addEventListener('click', () => {
  state.shown += STEP
  draw()
})
byId('clear').addEventListener('click', () => {
  byId('query').value = ''
  byId('deciding').checked = false
  for (const box of byId('severities').querySelectorAll('input')) box.checked = true
  for (const on of byId('tree').querySelectorAll('[aria-pressed="true"]'))
    on.setAttribute('aria-pressed', 'false')
  change({ query: '', under: '', deciding: false, severities: new Set(data.severities) })
  byId('query').focus()
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input')) return
  event.preventDefault()
  byId('query').focus()
})

if (data.findings.length === 0) byId('findings').querySelector('search').hidden = true
if (data.artifactsLeftOut > 0) {
  byId('tree-note').textContent = `${count(data.artifactsLeftOut, 'artifact')} that pass are not listed here.`
}
const tree = plant(data.artifacts)
outcomeOf(tree)
byId('tree').append(...[...tree.children.values()].map(branch))
draw()
