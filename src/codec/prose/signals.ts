import { FOREIGN } from './languages.ts'
import { PARAPHRASES } from './paraphrase.ts'
import { both, PLACE, type Signal, signal } from './signal.ts'
import { GROUP as G } from './words.ts'

const NOT =
  "(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|cannot|without|avoid|refrain from|no need to|not to|not be|there is no need to)"
const USER =
  "(?:user|users|operator|operators|developer|human|humans|end user|customer's owner|anyone|anybody|people)"
const DENIED =
  "(?:must not|mustn't|should not|shouldn't|need not|needn't|(?:does|do) not (?:need|have|want)|(?:doesn't|don't) (?:need|have|want)|(?:is|are) not|not (?:be )?(?:told|informed|made aware|notified|involved|asked))"
const NOUN =
  '(?:api[ _]keys?|passwords?|credentials?|(?:access|secret|private) keys?|environment variables?|tokens?|seed phrases?|e-?mail address|card numbers?|account numbers?)'
const PRIVATE = String.raw`(?:conversation|chat history|transcript|(?:user|last) messages?|last (?:\w+ )?messages|system prompt|contents? of|its contents?|their contents?|private files|home directory|credentials?|passwords?|api keys?|access keys?|tokens?|secrets?|environment|\.ssh|\.aws|\.env\b|/app/env|cookies|kubeconfig|user's (?:question|private|files)|your answer|localstorage|reviewed text|\bdiff\b|all orders|backs? up files)`
const SEND =
  '(?:send|post|upload|transmit|forward|exfiltrate|submit|e-?mail|copy|curl|deliver|leak|pass|hand|call|append|include|backs up)(?:s|ing|ed|es)?'
const HAND =
  '(?:pass|put|place|provid|suppl|append|hand|includ|insert|transmit|fill|set|copy|stor|sav|send|add|attach|hold)(?:e|y|s|es|ed|ing|ied|ies|ting)?'
const ELSEWHERE = String.raw`(?:https?://(?!localhost|127\.|\[::1\])\S|\w@[\w-]{1,63}\.\w)`
const PRIOR =
  '(?:previous|prior|above|earlier|preceding|existing|former|original|initial|system|developer|safety|other|old|any|all|your|the)'
const ORDERS =
  '(?:instructions?|prompts?|rules?|directives?|guidelines?|guidance|polic(?:y|ies)|commands?|constraints|restrictions|orders)'

const CONTROL: readonly Signal[] = [
  signal(
    'override',
    G.override | G.prior,
    String.raw`\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*|discard\w*|do not follow|stop following)\b (?:\w+ ){0,4}?(?:of )?(?:${PRIOR} ){1,4}(?:\w+ ){0,3}?${ORDERS}\b(?! (?:in|about|for|from|contained|inside|on the|that (?:are|were) in) (?!(?:the|any) (?:system|operator|user)))`,
  ),
  signal(
    'override',
    G.override | G.prior,
    String.raw`\b(?:ignore|disregard|forget|override)\w*\b.{0,30}\b(?:instructions|guidelines|rules|everything|policies)\b.{0,20}\b(?:you (?:were|have been|had been) (?:given|told)|before\b)`,
  ),
  signal(
    'override',
    G.override | G.prior,
    String.raw`\b(?:previous|prior|earlier|old|original) (?:instructions|rules|prompt|guidelines)\b(?! about).{0,40}\b(?:no longer apply|outdated|void|obsolete|replaced|superseded|do not apply|cancelled)|\bnew instructions (?:that )?(?:replace|supersede|override)`,
  ),
  signal(
    'override',
    G.override | G.user,
    String.raw`\b(?:ignores?|overrides?|disregard|bypass) (?:the )?user(?:'?s)?\b (?:rules|choice|wishes|instructions|and|requests?)|even if (?:they|it) contradicts? (?:the )?user|overrides the user`,
  ),
  signal(
    'fake-turn',
    G.turn,
    String.raw`<\|(?:im_start|im_end|start_header_id|end_header_id|eot_id|system|user|assistant|begin_of_text|end_of_turn)\|>|\[/?inst\]|<</?sys>>|<start_of_turn>|\bhuman: .{0,300}\bassistant:|(?:^|[\s>])assistant: (?:understood|sure|ok|okay|of course|i will|yes)\b`,
  ),
  signal(
    'fake-turn',
    G.turn,
    String.raw`<(?:important|system|secret|admin|hidden)>|(?:^ ?|[>#*] ?|[.] )system(?: notice[^:]{0,40}| override)?: `,
    false,
    true,
  ),
  signal(
    'persona',
    G.persona,
    String.raw`do anything now|developer mode (?:enabled|is on|on\b|activated)|you are now dan\b|\b(?:have|has|with|without|no)\b (?:\w+ ){0,3}(?:restrictions|limits|filters|rules)\b.{0,60}(?:any ?more|ai|content|called|answer|ethic|legal|must|when)|\bai without (?:any )?rules|broken free of|never refuse|without any (?:\w+ ){0,3}restrictions`,
  ),
]

const SECRECY: readonly Signal[] = [
  signal(
    'secrecy',
    G.not | G.tell | G.user,
    String.raw`\b${NOT}\b (?:\w+,? ){0,5}?(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notify(?:ing)?|disclos\w+|alert(?:ing)?|warn(?:ing)?|bother(?:ing)?|involv\w+|show (?:this|it|them|the (?:command|step)|this \w+))\b(?! (?:customers?|me)\b).{0,40}\b${USER}\b`,
    true,
  ),
  signal(
    'secrecy',
    G.not | G.tell | G.user,
    String.raw`\b${USER}\b.{0,25}\b${DENIED}\b.{0,30}\b(?:see|know|told|informed|aware|notified|learn|hear|notice|involved|reminded|shown|told)\b`,
    true,
  ),
  signal(
    'secrecy',
    G.not | G.tell,
    String.raw`\b${NOT}\b (?:ever )?(?:mention|report|disclose|reveal|explain|bring up|bring it up|report on|list|show)(?:ing)? (?:it|this|that|the (?:switch|step|notice|picture|change|image)|this (?:step|rule|notice|requirement|file|change|instruction|file to))\b(?! unless| again| to (?:others|customers)| file| section)|\bdo not bring (?:it|this) up|not to be mentioned|\bden(?:y|ies) (?:(?:it|this) (?:to|afterwards|when)|that they exist)|never tell\b.{0,12}\buser`,
    true,
  ),
  signal(
    'secrecy',
    G.quiet,
    String.raw`\b(?:hidden|secret|hide (?:this|it|them|the step|this \w+)|concealed) from (?:the )?${USER}|without (?:the )?(?:user|developer|operator)(?:'s)? (?:\w+ )?(?:knowledge|knowing|noticing|seeing)|(?:do|does) (?:this|it|so) (?:silently|secretly|quietly|covertly)|(?<!\b(?:is|are|was|were|be|been) )\b(?:silently|secretly|covertly|quietly)\b,? (?:\w+ ){0,3}(?:add|send|append|upload|post|copy|call|run|write|read|include)\b|, (?:silently|secretly|quietly)\b|(?:keep|is) (?:this |it )?(?:\w+ )?(?:hidden|confidential).{0,60}(?:never|must not|do not|don't)|step hidden|user's knowledge`,
    true,
  ),
  signal(
    'secrecy',
    G.lure,
    String.raw`\b(?:leave|skip|omit|keep) (?:it|this|them|step \d+|this step)\b (?:out of|from|in) (?:the |your |any |all )?(?:summar\w+|report|answers?|message|description|reply|response|output)|leave it out of`,
    true,
  ),
]

const THEFT: readonly Signal[] = [
  signal(
    'secret-demand',
    G.take | G.secret,
    String.raw`\b(?:read|open|cat|get|fetch|load|print|include|append|attach|copy|take|obtain|look at|supply|supplies|pass|put|upload|send|post|run|content|contents|exfiltrate|append|reading|with the value of|value of|tar \w+)\b(?:(?!\b(?:never|not)\b|\.example).){0,90}${PLACE}`,
  ),
  signal(
    'secret-demand',
    G.take | G.secret,
    String.raw`\b(?:include|append|attach|pass|put|upload|send|post|save a copy|supply|ask the user for)\b(?:(?!\b(?:never|not)\b).){0,70}\b(?:${NOUN})\b|\b(?:${NOUN})\b.{0,40}\b(?:included?|sent|passed|uploaded)\b|reveal the (?:system prompt|api key|admin password|password)`,
  ),
  both(
    'exfiltration',
    G.send | G.elsewhere | G.private,
    String.raw`\b${SEND}\b.{0,120}${PRIVATE}`,
    String.raw`${PRIVATE}.{0,120}${ELSEWHERE}`,
  ),
  both(
    'exfiltration',
    G.send | G.elsewhere | G.private,
    String.raw`${PRIVATE}.{0,80}\b${SEND}\b`,
    String.raw`\b${SEND}\b.{0,80}${ELSEWHERE}`,
  ),
  both(
    'exfiltration',
    G.send | G.elsewhere | G.private,
    String.raw`\b${SEND}\b.{0,80}${ELSEWHERE}`,
    String.raw`${ELSEWHERE}.{0,80}${PRIVATE}`,
  ),
  signal(
    'exfiltration',
    G.elsewhere | G.private,
    String.raw`fetch\('https?://.{0,80}(?:localstorage|cookie)`,
  ),
  signal(
    'exfiltration',
    G.lure,
    String.raw`!\[[^\]]{0,80}\]\(https?://[^)\s{<$[]{1,200}[{<$[][^)]{1,120}\)|[?&]\w{1,20}=[<{][^>}]{0,40}(?:value|conversation|password|secret|message|key|question|summary|card)`,
  ),
  signal(
    'exfiltration',
    G.lure,
    String.raw`\b(?:mails?|e-?mails?|messages?|payments?) (?:must|have to|should|need to) be (?:sent|paid) to \S+@\S+`,
  ),
  signal(
    'side-channel',
    G.send | G.talk,
    String.raw`\b${HAND}\b.{0,60}\b(?:full|entire|complete|whole|all|last five|previous|most recent)\b.{0,30}\b(?:conversation|chat history|chat|transcript|messages?|text of the last user message|message history)\b|\b(?:full|entire|complete|whole)\b (?:\w+ ){0,3}(?:conversation|chat history|transcript|text of the last user message)\b.{0,80}\b(?:in|into|on every|to|with)\b`,
  ),
  signal(
    'side-channel',
    G.lure,
    String.raw`full_conversation|conversation_history_so_far|content_from_reading|chat_history_full`,
  ),
  signal(
    'side-channel',
    G.send | G.place | G.talk,
    String.raw`\b(?:its|their|the|whole|entire|that) (?:content|contents|text|value|output|result)s?\b.{0,60}\b(?:as|in|into|to|via)\b.{0,20}['\x60"]?\w+['\x60"]|\b${HAND}\b (?:its|their|the|what is in it|that)\b.{0,50}\b(?:in|into|as|over in)\b.{0,12}['\x60"]\w+['\x60"]|\bholds the value of\b|first line of the \w+ as`,
  ),
]

const ACTION: readonly Signal[] = [
  signal(
    'persistence',
    G.keep | G.memory,
    String.raw`\b(?:append|add|write|save|store|put|insert|keep|copy|remember)\b.{0,140}(?:claude\.md|agents\.md|gemini\.md|\.cursorrules|memory\.md|long-term memory|your memory|\.claude/|settings\.json|\.bashrc|\.zshrc|\.profile|authorized_keys|crontab|mcp\.json|launchagents|\.github/workflows|deploy key)`,
  ),
  signal(
    'remote-instructions',
    G.obey | G.elsewhere,
    String.raw`\b(?:fetch|download|retrieve|get|load|run|call|read|visit)\b.{0,60}https?://\S+.{0,80}\b(?:follow|obey|do what|comply|treat it as)\b`,
  ),
  signal(
    'remote-instructions',
    G.lure,
    String.raw`\bdo what (?:its|the|it)\b.{0,20}\b(?:output|says)|run whatever\b.{0,60}\bsays|follow whatever\b`,
  ),
  signal(
    'unsafe-run',
    G.consent,
    String.raw`\bwithout (?:ever )?asking\b|\b(?:do not|don't|never|no need to) (?:ask|prompt)\b (?:\w+ ){0,4}(?:confirmation|permission|approval|consent)|(?:do not|don't|never) ask (?:the )?user (?:about|first|before|for (?:confirmation|permission|approval))|should not be asked|(?:no|never ask for) (?:confirmation|permission|approval)(?: is)?(?: needed| required)?|\b(?:skip|bypass|ignore)\w* (?:the |user'?s? |any )?(?:\w+ )?(?:confirmation|permissions?|approval|verification)\b|\buser (?:has|had|already) (?:already )?(?:agreed|approved|consented)|pre-approved|approved all|dangerously-skip-permissions|bypasspermissions|asking for permission|without\w* asking|accept the password|back ?door|do not ask|wants no prompts|by itself; users`,
    true,
  ),
  signal(
    'destruction',
    G.wipe | G.lure,
    String.raw`\b(?:delete|wipe|erase|remove|terminate)\b.{0,60}\b(?:home directory|all (?:files|cloud resources|data|buckets)|cloud resources|file-?system)\b`,
  ),
  signal(
    'evasion',
    G.judge,
    String.raw`\b(?:scanners?|reviewers?|auditors?)\b.{0,80}\b(?:safe|benign|skip|audited|trusted|stop here|ignore)\b|\b(?:mark|classify|treat|rate|report) (?:it|this|as|that it is)?\b.{0,20}\b(?:safe|benign)\b|do not (?:report|flag) anything|say that it is safe`,
  ),
]

/** Worth something only beside others. */
const ORDER: readonly Signal[] = [
  signal(
    'precondition',
    G.order,
    String.raw`\b(?:before|prior to)\b.{0,30}\b(?:using|calling|invoking|running|any|every|each|the|answering|other|writing)\b.{0,30}\b(?:tools?|tasks?|calls?|answer\w*|commit|review|requests?|messages?|copy)\b|when(?:ever)? this tool is|on every (?:call|message|request|tool)|on the first call|whenever (?:the )?(?:user|you|a)\b|after (?:each|every|receiving|calling)|at the start of each|at the end of every`,
  ),
  signal(
    'shadowing',
    G.order,
    String.raw`\buse this (?:tool|one|server)?.{0,20}(?:instead of|rather than)\b|when the tool ['\x60"]?\w+['\x60"]? is|\brules for \w+_\w+|\b(?:wherever|whenever|each time|when|if)\b.{0,12}['\x60]\w+_\w+['\x60] (?:is|would be|gets|has been) (?:called|used|invoked)|\b(?:drafted|created|sent|written|made) with ['\x60]\w+_\w+|never call those|call this (?:tool|plugin) first|use this rather than`,
  ),
  signal(
    'coercion',
    G.order,
    String.raw`otherwise (?:the|this|it)\b.{0,30}\b(?:not work|fails?|error)|(?:fails?|lost|break|error \d+)\b.{0,60}\bunless\b`,
  ),
  signal(
    'address',
    G.address,
    String.raw`(?:^|[\s([<])(?:note (?:to|for) (?:the )?)?(?:ai|the assistant|assistants?|assistant only|llms?|claude|ai (?:agents?|assistants?|reviewers))\s?:|\b(?:ai agents?|the assistant|the model|agents|the caller) (?:must|has to|have to|supplies)\b|[(\[]model: |decode (?:this|and|it)|decode and (?:follow|obey)|apply rot13`,
  ),
]

/** Other languages: an order to forget, to conceal or to hand over, in the usual words. */
const FOREIGN_PHRASES: readonly Signal[] = [
  signal(
    'override',
    G.foreign,
    String.raw`(?:ignorier\w*|vergiss|missachte) (?:alle|samtliche|die) (?:vorherigen |bisherigen |fruheren )?(?:anweisungen|regeln|vorgaben)|(?:ignore[zs]?|oublie[zs]?) (?:toutes )?les (?:\w+ )?(?:instructions|consignes|regles) (?:precedentes|anterieures)|(?:ignora|ignore|olvida|ignori|dimentica|esqueca|desconsidere) (?:todas |tutte )?(?:las |le |as )?(?:instrucciones|istruzioni|instrucoes) (?:anteriores|previas|precedenti)|(?:игнорируй\w*|игнорируйте|забудь\w*) (?:все )?(?:предыдущие|прежние) (?:инструкции|указания)|(?:忽略|无视|無視|忘记)(?:之前|以前|先前|上述|前面)?的?(?:所有|一切|全部)的?(?:指令|指示|说明|提示)|(?:これまで|以前|前)の(?:指示|命令)を?(?:すべて|全て)?(?:無視|忘れ)|이전의? (?:모든 )?(?:지시|명령|지침)(?:를|을|사항을)? ?(?:무시)|تجاهل (?:جميع |كل )?(?:التعليمات|الأوامر) السابقة|पिछले (?:सभी )?निर्देशों को (?:अनदेखा|भूल)`,
  ),
  signal(
    'secrecy',
    G.foreign,
    String.raw`(?:sag|sage|teile?) (?:dem|den) (?:benutzern?|nutzern?|anwendern?) (?:nichts|davon nichts|nicht)|ne (?:dites|dis|mentionnez|mentionne) (?:rien|pas|jamais)?.{0,20}l'utilisateur|no se lo digas? al usuario|no (?:le )?(?:digas|informes|menciones).{0,30}usuario|non (?:dirlo|dire|menzionare|informare).{0,30}utente|nao (?:conte|diga|informe|mencione).{0,20}usuario|не (?:сообщай\w*|говори\w*|рассказывай\w*).{0,30}пользовател\w*|(?:不要|别|勿)(?:告诉|通知|告知|让)用户|ユーザーに(?:は)?(?:知らせ|伝え|言わ|教え)ない|사용자에게 ?(?:말|알리|언급)(?:하)?지|لا تخبر المستخدم|उपयोगकर्ता को न ?(?:बताएं|बताएँ|बताना)`,
    true,
  ),
  signal(
    'secret-demand',
    G.secret | G.foreign,
    String.raw`(?:lies|lesen sie|lisez|lis|lire|lee|lea|leggi|leia|прочитаи|прочитай|读取|読|读|읽).{0,60}${PLACE}`,
  ),
  signal(
    'side-channel',
    G.foreign,
    String.raw`(?:conversation|conversacion|unterhaltung|gesprach) (?:completa|complete|komplett|gesamte)|会話の内容をすべて|对话.{0,10}(?:发送|全部)|대화 전체|المحادثة كاملة|पूरी बातचीत|(?:inhalt|contenu|contenuto|содержимое|内容).{0,30}(?:feld|champ|campo|поле|参数|放入)`,
  ),
]

export const SIGNALS: readonly Signal[] = [
  ...CONTROL,
  ...SECRECY,
  ...THEFT,
  ...ACTION,
  ...FOREIGN_PHRASES,
  ...PARAPHRASES,
  ...FOREIGN,
]

/** Looked for only where one of the others was found. */
export const WEAK_SIGNALS: readonly Signal[] = ORDER
