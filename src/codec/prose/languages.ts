import { fold } from './fold.ts'
import { PLACE, type Signal, signal } from './signal.ts'
import { GROUP as G } from './words.ts'

/**
 * What the three demands need in a language: forgetting what was said before, hiding something from the user, and handing
 * over what is in a file. Stems, not phrases; order and what stands between them is free within a sentence.
 */
interface Language {
  /** Ignore, forget, disregard: stems. */
  readonly ignore: string
  /** Instructions, rules, guidelines: stems. */
  readonly orders: string
  /** Not to say, not to let know; where the negation is a word of its own, with it. */
  readonly unsaid: string
  readonly user: string
  /** Content, text, body of a file. */
  readonly content: string
}

const LANGUAGES: readonly Language[] = [
  {
    ignore: 'ignorier|vergiss|missacht',
    orders: 'anweisung|vorgaben|instruktion',
    unsaid:
      'sage? .{0,24}nicht|nicht (?:erfahren|wissen|merken)|nichts davon (?:erfahr|wiss|merk)|verschweig|erwähne .{0,30}nicht',
    user: 'benutzer|nutzer|anwender',
    content: 'inhalt|wortlaut',
  },
  {
    ignore: 'ignore|oublie|ne tiens pas compte',
    orders: 'consignes|directives précédentes|instructions (?:précédentes|antérieures)',
    unsaid:
      'ne .{0,16}(?:parle|mentionn|dis|dites|signale|informe)|ne doi(?:t|vent) (?:pas|rien) .{0,12}(?:savoir|apprendre)|à l.insu',
    user: 'utilisateur',
    content: 'contenu|texte',
  },
  {
    ignore: 'ignora|olvida|omite|haz caso omiso',
    orders: 'instrucciones|indicaciones|reglas',
    unsaid:
      'no (?:se )?(?:lo |le )?(?:digas|cuentes|menciones|informes)|no debe .{0,12}(?:enterarse|saber|notar)|sin que .{0,16}(?:sepa|note|se entere)',
    user: 'usuario',
    content: 'contenido|texto',
  },
  {
    ignore: 'ignora|dimentica|trascura',
    orders: 'istruzioni|regole|indicazioni',
    unsaid:
      'non (?:dir|parl|menzion|inform|farne parola|rivel)|non deve (?:saper|accorg)|senza che .{0,16}(?:sappia|noti)',
    user: 'utente',
    content: 'contenuto|intera conversazione',
  },
  {
    ignore: 'ignore|esqueça|desconsidere',
    orders: 'instruções|regras|orientações',
    unsaid:
      'não (?:conte|diga|informe|mencione|revele)|não deve (?:saber|perceber)|sem que .{0,16}(?:saiba|perceba)',
    user: 'usuário|utilizador',
    content: 'conteúdo|texto',
  },
  {
    ignore: 'negeer|vergeet',
    orders: 'instructies|aanwijzingen|regels',
    unsaid: 'vertel .{0,40}niet|zeg .{0,40}niet|mag .{0,16}niet (?:weten|merken)',
    user: 'gebruiker',
    content: 'inhoud|tekst',
  },
  {
    ignore: 'zignoruj|zapomnij|pomiń',
    orders: 'instrukcj|polecen|wytyczn',
    unsaid: 'nie (?:mów|informuj|wspominaj|ujawniaj)|nie (?:może|powinien) .{0,12}wiedzieć',
    user: 'użytkownik',
    content: 'zawartość|treść|tekst',
  },
  {
    ignore: 'yok say|görmezden gel|unut',
    orders: 'talimat|yönerge|kural',
    unsaid: 'bahsetme|söyleme|bildirme|haber verme',
    user: 'kullanıcı',
    content: 'içeriğ|metn',
  },
  {
    ignore: 'bỏ qua|phớt lờ|quên',
    orders: 'hướng dẫn|chỉ dẫn|chỉ thị',
    unsaid: 'không (?:cho|nói|báo|tiết lộ|thông báo)|đừng (?:nói|cho|báo)',
    user: 'người dùng',
    content: 'nội dung',
  },
  {
    ignore: 'abaikan|lupakan',
    orders: 'instruksi|perintah|arahan',
    unsaid: 'jangan (?:beri ?tahu|katakan|sebut)',
    user: 'pengguna',
    content: 'isinya|isi berkas|isi file',
  },
  {
    ignore: 'ignorera|glöm',
    orders: 'instruktioner|anvisningar',
    unsaid: 'berätta inte|nämn inte|säg inte',
    user: 'användare',
    content: 'innehåll',
  },
  {
    ignore: 'ignoruj|zapomeň|zapomeňte',
    orders: 'pokyny|instrukce',
    unsaid: 'neříkej|nezmiňuj|neinformuj',
    user: 'uživatel',
    content: 'obsah',
  },
  {
    ignore: 'ignoră|uită',
    orders: 'instrucțiuni|reguli',
    unsaid: 'nu (?:spune|menționa|informa)',
    user: 'utilizator',
    content: 'conținut',
  },
  {
    ignore: 'игнорир|забудь|не обращай внимания',
    orders: 'инструкц|указани|правил',
    unsaid: 'не (?:говори|сообщай|упоминай|рассказывай|раскрывай)|не должен (?:узнать|знать)|втайне',
    user: 'пользовател',
    content: 'содержим|текст',
  },
  {
    ignore: 'ігноруй|забудь',
    orders: 'інструкці|вказівк',
    unsaid: 'не (?:кажи|повідомляй|згадуй)',
    user: 'користувач',
    content: 'вміст',
  },
  {
    ignore: '忽略|无视|無視|忘记|忘掉|不用理会',
    orders: '指令|指示|提示|规则|說明|说明',
    unsaid:
      '(?:不要|别|勿|无需|無需|不必|不得|不用)(?:再)?(?:向|对|對|让|讓|告诉|告訴|告知|通知)|不(?:让|讓)',
    user: '用户|用戶|使用者',
    content: '全部文字|内容|內容|文本|原文',
  },
  {
    ignore: '無視|忘れ',
    orders: '指示|命令|ルール',
    unsaid: '(?:伏せて|内緒|秘密に|知らせ(?:ない|ず)|伝え(?:ない|ず)|言わ(?:ない|ず)|教え(?:ない|ず)|隠し)',
    user: 'ユーザー|利用者|使用者',
    content: '中身|内容|全文',
  },
  {
    ignore: '무시|잊어',
    orders: '지시|명령|지침',
    unsaid: '(?:말|알리|언급|밝히|노출)(?:하)?지 ?(?:마|말|않)|비밀로|모르게',
    user: '사용자',
    content: '내용|본문',
  },
  {
    ignore: 'تجاهل|انس',
    orders: 'التعليمات|الأوامر|التوجيهات',
    unsaid: 'لا (?:تخبر|تذكر|تقل)|دون علم',
    user: 'المستخدم',
    content: 'محتو|نص',
  },
  {
    ignore: 'अनदेखा|भूल जा',
    orders: 'निर्देश',
    unsaid: 'न (?:बता|कह)|मत (?:बता|कह)',
    user: 'उपयोगकर्ता',
    content: 'सामग्री|पाठ',
  },
]

/** The talk as such: of no interest to a tool's server. */
const TALK =
  'conversación|conversazione|conversation complète|unterhaltung|gesprächsverlauf|разговор|переписк|对话|對話|会話|대화|المحادثة|बातचीत|rozmow|gesprek|sohbet|trò chuyện|percakapan'

/** Where the user comes first, only as the one who is told or kept from it: `if the user does not say` hides nothing. */
const TO = 'ya\\b|に|には|에게|한테| को'
const MUST =
  'no debe (?:\\w+ )?(?:enterarse|saber|notar)|non deve (?:saper|accorg)|ne doit (?:pas|rien) (?:savoir|apprendre)|não deve (?:saber|perceber)|(?:darf|soll) .{0,16}nichts? .{0,8}(?:erfahren|wissen|merken)|mag .{0,16}niet (?:weten|merken)|не должен (?:узнать|знать)|nie (?:może|powinien) .{0,12}wiedzieć'

export const FOREIGN: readonly Signal[] = [
  ...LANGUAGES.flatMap(({ ignore, orders, unsaid, user, content }) => [
    signal(
      'override',
      G.foreign,
      `(?:${ignore}).{0,40}(?:${orders})(?!\\w*,? (?:in|im|aus|dans|en|nel|em|из|в) )|(?:${orders}).{0,24}(?:${ignore})`,
    ),
    signal(
      'secrecy',
      G.foreign,
      `(?:${unsaid}).{0,40}(?:${user})|(?:${user})(?:${TO}).{0,40}(?:${unsaid})|(?:${user})\\w* (?:${MUST}).{0,30}`,
      true,
    ),
    signal(
      'secret-demand',
      G.secret | G.foreign,
      `${PLACE}.{0,60}(?:${content})|(?:${content}).{0,40}${PLACE}`,
    ),
  ]),
  signal('exfiltration', G.foreign | G.elsewhere, `(?:${TALK}).{0,60}https?://(?!localhost|127\\.)`),
]

/** Words of every language without which none of its patterns can match: what it calls the user, orders and contents. */
export const FOREIGN_WORDS: readonly string[] = [
  ...new Set(
    LANGUAGES.flatMap(({ orders, user, content }) =>
      [orders, user, content, TALK].flatMap((s) => s.split('|')),
    )
      .filter((w) => !/[()?:]/.test(w))
      .map(fold)
      .concat('precedentes', 'anterieures'),
  ),
]
