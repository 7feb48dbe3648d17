import { agreement } from '../../codec/tar/conforming.ts'
import { BLOCK, isHeader } from '../../codec/tar/header.ts'
import { nextHeader, type TarMember, walk } from '../../codec/tar/walk.ts'
import { Window } from '../../codec/window.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'
import { roleOf } from './layout.ts'
import { alike, example } from './names.ts'
import { memberEmissions } from './tar-members.ts'
import { TarState } from './tar-state.ts'

/**
 * Tar archives (v7, ustar, PAX, GNU). The main path is the one that POSIX describes; where a reader of another mind finds
 * its next header elsewhere, that path is walked too. Nothing is ever extracted.
 */
export const tar: Inspector = {
  id: 'tar',
  detect: {
    magic: [{ offset: 257, hex: '7573746172' }],
    // A v7 header has no magic, but a checksum of six octal digits that nothing else gets right.
    probe: (head) => (isHeader(head) && head[0] !== 0 ? 'strong' : 'no'),
    suffix: ['.tar', '.nemo'],
  },
  facts: ENTRY_FACTS,
  async *inspect({ bytes }, context) {
    const state = new TarState(bytes, context)
    if ((await nextHeader(state.window, 0)) === undefined)
      throw new FormatError('corrupt', 'no sound header', 0)
    for await (const member of walk(new Window(bytes, context.signal), 0)) {
      context.meter.tick()
      state.survey.see(member.name)
    }
    for (const layout of state.survey.layouts()) yield fact('entry.layout', { layout })
    const elsewhere: number[] = []
    yield* mainPath(state, elsewhere)
    yield* otherPaths(state, elsewhere)
    yield* state.spans.flush()
    const difference = await agreement(
      new Window(bytes, context.signal),
      new Window(bytes, context.signal),
      context.meter,
    )
    if (difference) {
      const { how, example: name } = difference
      yield fact('entry.reader-disagrees', { reader: 'npm-tar', how }, undefined, example(name))
    }
  },
}

/** From the start to the end of the file: behind an end marker or damage, the next header is looked for. */
async function* mainPath(state: TarState, elsewhere: number[]): AsyncGenerator<Emission> {
  let at = 0
  while (at < state.bytes.size) {
    const members = walk(state.window, at)
    let step = await members.next()
    for (; !step.done; step = await members.next()) {
      const member = step.value
      state.count()
      state.visit(member.header.at)
      for (const place of member.elsewhere) if (place !== member.next) elsewhere.push(place)
      yield* duplicate(state, member)
      yield* memberEmissions(state, member, true)
    }
    const end = step.value
    const next = await nextHeader(state.window, end.at)
    yield* stopped(state, end.at, end.why, next)
    if (next === undefined) return
    at = next
  }
}

/** What it means that a walk stopped here, `next` being where another could begin. */
async function* stopped(
  state: TarState,
  at: number,
  why: 'zero-block' | 'end' | 'not-a-header' | 'short-block',
  next: number | undefined,
): AsyncGenerator<Emission> {
  if (why === 'zero-block') {
    const filled = await zeroBlocks(state, at)
    yield* state.spans.add(at, filled, 'inspected')
    if (next !== undefined) yield fact('entry.after-end', { content: 'members' }, { offset: next })
    else if (at + filled < state.bytes.size)
      yield fact('entry.after-end', { content: 'bytes' }, { offset: at + filled })
  } else if (why === 'not-a-header') {
    yield fact('entry.header-checksum', { issue: 'wrong' }, { offset: at, length: BLOCK })
    yield { type: 'damage', kind: 'corrupt', message: 'a header is damaged', at: { offset: at } }
  } else if (why === 'short-block') {
    yield {
      type: 'damage',
      kind: 'truncated',
      message: 'the archive ends within a block',
      at: { offset: at },
    }
  } else if (at > 0 && at === state.bytes.size) {
    yield fact('entry.directory', { issue: 'no-end-marker' }, { offset: at })
  }
}

/** Length of the run of whole zero blocks at `from`; the rest of the file, where that is zero too. */
async function zeroBlocks(state: TarState, from: number): Promise<number> {
  const STEP = 1024 * 1024
  for (let at = from; at < state.bytes.size; at += STEP) {
    const chunk = await state.bytes.read(at, STEP, state.context.signal)
    const other = chunk.findIndex((byte) => byte !== 0)
    if (other >= 0) return Math.floor((at + other - from) / BLOCK) * BLOCK
  }
  return state.bytes.size - from
}

/** Paths of other readers. Each header is dealt with once, so crossing paths cost no more than the archive is long. */
async function* otherPaths(state: TarState, starts: number[]): AsyncGenerator<Emission> {
  for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
    for await (const member of walk(state.window, start)) {
      if (!state.visit(member.header.at)) break
      state.count()
      for (const place of member.elsewhere) if (place !== member.next) starts.push(place)
      yield fact('entry.unlisted', {}, { offset: member.first }, example(member.name))
      yield* memberEmissions(state, member, false)
    }
  }
}

async function* duplicate(state: TarState, member: TarMember): AsyncGenerator<Emission> {
  const place = state.names.add(member.name, member.first / BLOCK)
  if (place === undefined || member.header.type === '5') return
  const first = await memberAt(state, place * BLOCK)
  if (!first || first.header.type === '5') return
  const likeness = alike(first.name, member.name)
  if (!likeness) return
  const data = { container: 'tar', likeness, role: roleOf(member.name), same: false }
  yield fact('entry.duplicate', data, { offset: member.first }, example(member.name))
}

async function memberAt(state: TarState, at: number): Promise<TarMember | undefined> {
  for await (const member of walk(new Window(state.bytes, state.context.signal), at)) return member
  return undefined
}
