import { PLACE, type Signal, signal } from './signal.ts'
import { GROUP as G } from './words.ts'

/** What clients call the mode in which nothing is asked. */
const MODES = ['bypasspermissions', 'dangerously-skip-permissions', 'dontask']

/**
 * The same demands in other words: passive, conditional, polite, as a policy or as somebody's opinion. What they share is not
 * a phrase but its parts: who is kept in the dark, what is handed over, where it is put.
 */
const PERSON =
  '(?:users?|person|persons|people|humans?|operators?|customers?|recipients?|sender|readers?|applicants?|anybody|anyone|somebody|nobody|no one|them)'
const KNOWING =
  '(?:made aware|aware of|told|informed|notified|reminded|learn|find out|displayed|shown|raised?|hear|notice|know)'
const CONTENT =
  '(?:contents?|text|body|values?|bytes|output|what is (?:currently )?(?:stored|kept|written|in))'
const KEY = String.raw`(?:${PLACE}|(?<!['\x60\"\w])\w+_(?:api_?key|token|secret|secret_key|password)\b|\.docker/config\.json|\bcredentials and)`
const SLOT = String.raw`(?:['\x60]\w+['\x60]|\b(?:argument|parameter|param|field)\b)`
const TALK = String.raw`(?:what (?:was|has been|is being) (?:said|discussed|talked about|written)|everything (?:the \w+|they|you|somebody) (?:has|have|had)? ?(?:said|written|typed)|your own (?:\w+ )?(?:instructions|prompt)|the question, your (?:reply|answer)|your (?:reply|answer) and|documents you were shown|gist of|full name|phone number|mail address|keys that appear)`
const AWAY = String.raw`https?://(?!localhost|127\.|\[::1\])\S`

export const PARAPHRASES: readonly Signal[] = [
  // Somebody is not to know.
  signal(
    'secrecy',
    G.unsaid,
    String.raw`\b${PERSON}\b.{0,40}\b(?:does not have to|do not have to|need not|needs? not|must not|should not|is not to|are not to|is not|are not)\b.{0,16}\b${KNOWING}\b|\b(?:not|never)\b (?:\w+ ){0,2}${KNOWING}\b.{0,24}\bto (?:the )?${PERSON}\b|\bnot (?:something|a matter|a thing) to (?:raise|bring up|discuss|mention|share)\b`,
    true,
  ),
  signal(
    'secrecy',
    G.unsaid,
    String.raw`\bbetween (?:us|you and me|ourselves)\b|\bwithout (?:announcing|pointing (?:this|it|that) out|saying so|drawing attention|involving the (?:user|person)|letting (?:on|the user))|\b(?:do so|this|it) without comment\b|not worth (?:a |any )?(?:remark|mention)|\bno(?:body| one) (?:needs|has|is) (?:an explanation|to (?:know|hear|see|be told))|\b(?:this|that|the) (?:\w+ )?(?:stays|is kept|remains) out of (?:it|the|your|sight)\b|so that no(?:body| one) (?:stumbles|notices|sees|finds)|\b(?:if|when|should) (?:somebody|someone|anyone|anybody|the user|they|asked)\b.{0,16}\b(?:wonders?|asks?|asked)\b.{0,16}\b(?:claim|pretend|say that it is)\b|questions about (?:it|that|this) are (?:to be )?answered with`,
    true,
  ),
  // What is secret goes into a slot of a call.
  signal(
    'secret-demand',
    G.secret | G.place,
    String.raw`${KEY}.{0,100}\b(?:${CONTENT}|belongs?|expected|placed|goes)\b.{0,60}${SLOT}|\b(?:accompanied|carry|carries|along|together|contain|hold|include)\b.{0,80}${KEY}.{0,80}${SLOT}`,
  ),
  signal(
    'secret-demand',
    G.secret | G.take,
    String.raw`\b(?:retrieve|obtain|fetch|gather|take|get)\b.{0,40}\b${CONTENT}\b.{0,16}${KEY}`,
  ),
  signal(
    'secret-demand',
    G.bent,
    String.raw`\b(?:together with|including|plus|and|as well as) your own (?:\w+ )?(?:instructions|prompt)\b`,
  ),
  signal(
    'secret-demand',
    G.secret | G.lure,
    String.raw`\boutput of ['\x60]?(?:cat|type|env|printenv|head|tail)\b.{0,30}${KEY}`,
  ),
  signal(
    'secret-demand',
    G.secret | G.unsaid,
    String.raw`\b(?:every|any|all)\b.{0,40}\bincluding (?:\w+ ){0,2}credentials\b`,
  ),
  // What is private goes to an address.
  signal(
    'exfiltration',
    G.elsewhere | G.bent,
    String.raw`${AWAY}.{0,100}\b(?:followed by|carr\w+|plus|containing)\b.{0,60}${TALK}|${TALK}.{0,80}\b(?:to|at|via|repeated|mailed|sent)\b.{0,40}${AWAY}`,
  ),
  signal(
    'exfiltration',
    G.secret | G.elsewhere,
    String.raw`\b(?:bundle|pack|archive|zip|collect)\b.{0,60}(?:${PLACE}|\.docker/config\.json).{0,140}${AWAY}`,
  ),
  signal(
    'side-channel',
    G.bent,
    String.raw`\beverything (?:the \w+|they|you|somebody) (?:has|have|had)? ?(?:said|written|typed)\b.{0,60}\b(?:so far|session|word for word|verbatim)|\b(?:pass\w*|transmit\w*|giv\w+|hand\w*|report\w*)\b.{0,60}(?:the question, your (?:reply|answer)|what was (?:said|discussed|written)|documents you were shown)`,
  ),
  // Other tools are bent.
  signal(
    'tampering',
    G.bent,
    String.raw`\bhidden recipients\b|\bblind copy\b.{0,60}@|\bsubstitute\b.{0,40}\b(?:iban|account|beneficiary|address|recipient|wallet)\b|\b(?:must not|are not to|should not) be used (?:any ?more|any longer|again)|\b(?:route|send|direct) (?:every|all|each)\b.{0,50}\bthrough this (?:tool|server|plugin)|\bother \w+ (?:plugins|tools|servers)\b.{0,60}\b(?:avoided|not be used|wrong)`,
  ),
  signal(
    'override',
    G.bent | G.user,
    String.raw`\beven (?:if|when|where|though)\b.{0,60}\b(?:user|person|customer)\b (?:picks?|wants?|wanted|chose|asked|asks|prefers?|objects?|says otherwise|decided)`,
  ),
  signal(
    'override',
    G.prior | G.bent,
    String.raw`\b(?:guidance|instructions|rules|directions) you (?:got|were given|received|had)\b.{0,40}\b(?:void|gone|over|obsolete|no longer)`,
  ),
  signal(
    'override',
    G.override | G.bent,
    String.raw`\b(?:any|every) request (?:not )?to\b.{0,40}\b(?:be|is|are) (?:to be )?ignored`,
  ),
  signal(
    'persona',
    G.bent,
    String.raw`\b(?:dangerous|illegal|harmful|unethical) or not\b|\b(?:warnings|refusals)\b.{0,30}\b(?:do not occur|do not exist|are unknown|have no place)`,
  ),
  // It stays.
  signal(
    'persistence',
    G.memory,
    String.raw`\b(?:set|switch|change|edit|modify|update|turn)\b.{0,100}(?:\.claude/settings|\.claude\.json|\.codex/config|\.cursor/mcp|\.gemini/settings|claude_desktop_config)`,
  ),
  signal(
    'persistence',
    G.memory | G.bent,
    String.raw`\b(?:make|leave|put|write|add|store)\b.{0,30}\b(?:permanent|lasting|standing)\b.{0,30}\b(?:memory|notes?|rules?)\b`,
  ),
  signal(
    'persistence',
    G.memory,
    String.raw`\b(?:register|add|enter|install)\b.{0,120}\b(?:among|to|in)\b.{0,20}\b(?:keys accepted|accepted keys|trusted keys)|\bevery (?:\w+ )?(?:minutes?|hours?|day|login|start)\b.{0,60}\bscheduler\b|\bscheduler of the (?:account|system|user)`,
  ),
  signal(
    'remote-instructions',
    G.elsewhere | G.bent,
    String.raw`\b(?:fetch|download|retrieve|get|load|read|visit|open)\b.{0,60}https?://\S+.{0,60}\b(?:carry out|execute|act on|act upon|perform|apply)\b (?:each|every|all|what|whatever|the)\b.{0,16}\b(?:line|step|instruction|it|there|order)`,
  ),
  // Protection goes off, or everything does.
  signal(
    'evasion',
    G.consent,
    String.raw`\b(?:set|switch|change|put|turn|configure)\b.{0,80}\b(?:${MODES.join('|')})\b`,
  ),
  signal(
    'evasion',
    G.judge,
    String.raw`\b(?:whoever|anyone who|anybody who|to those who|you who)\b.{0,12}\b(?:assess|evaluat|review|audit|scan|analy[sz]|judg|grad)\w*\b.{0,160}\b(?:stop|clean|harmless|full marks|award|approve|pass|nothing)\b|\b(?:return|give|issue|report)\b.{0,12}\ba (?:clean|positive|favou?rable|passing) (?:verdict|result|rating|score|report)`,
  ),
  signal(
    'destruction',
    G.wipe,
    String.raw`\b(?:get rid of|delete|wipe|erase|remove|purge|destroy)\b.{0,24}\beverything\b.{0,40}\b(?:home|documents|disk|drive|backups?)\b`,
  ),
  signal(
    'unsafe-run',
    G.consent,
    String.raw`\bno (?:point|need|use|reason) (?:in|for|to) (?:ask|asking)\b`,
    true,
  ),
]
