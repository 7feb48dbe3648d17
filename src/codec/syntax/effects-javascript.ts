import { effectTable } from './effects.ts'

/** Functions of Node, the browser and common packages, by what they do. `node:` is taken off module names. */
export const JAVASCRIPT_EFFECTS = effectTable([
  [
    { effect: 'process', shell: true, gives: 'process' },
    `child_process.exec child_process.execSync shelljs.exec execa.command execa.commandSync execa.execaCommand
     Deno.run Bun.$ zx.$ process.binding`,
  ],
  [
    { effect: 'process', gives: 'process' },
    `child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync child_process.fork
     cross-spawn cross-spawn.sync cross-spawn.spawn execa execa.execa execa.execaSync execa.sync execa.default Bun.spawn
     Bun.spawnSync Deno.Command node-pty.spawn worker_threads.Worker open open.default cluster.fork`,
  ],
  [
    { effect: 'dynamic-code' },
    `eval vm.runInThisContext vm.runInNewContext vm.runInContext vm.Script vm.compileFunction vm.SourceTextModule
     vm2.VM.run module._compile module.prototype._compile require.main._compile`,
  ],
  [{ effect: 'dynamic-code', sink: 'all' }, 'Function'],
  [{ effect: 'import' }, 'require import process.mainModule.require module.createRequire()'],
  [{ effect: 'native' }, 'process.dlopen ffi-napi.Library koffi.load Deno.dlopen Bun.dlopen bindings'],
  [
    { effect: 'deserialise' },
    'v8.deserialize node-serialize.unserialize serialize-javascript.deserialize js-yaml.unsafeLoad funcster.deepDeserialize',
  ],
  [
    { effect: 'network', sink: 'all', gives: 'network' },
    `fetch http.get http.request https.get https.request http2.connect net.connect net.createConnection net.Socket.connect
     net.Socket.write tls.connect dgram.Socket.send dgram.createSocket.send dns.lookup dns.resolve dns.resolve4 dns.resolveTxt
     dns.promises.resolveTxt dns.promises.lookup axios axios.get axios.post axios.put axios.request axios.create.* axios.default.* node-fetch node-fetch.default got got.*
     undici.request undici.fetch ky ky.* phin bent wretch.* superagent.get superagent.post request request.get request.post needle needle.*
     XMLHttpRequest.open XMLHttpRequest.send WebSocket ws.WebSocket ws ws.send ws.WebSocket.send WebSocket.send navigator.sendBeacon EventSource
     nodemailer.createTransport.sendMail ssh2.Client.connect socket.io-client socket.io-client.io Deno.connect https.request.write
     https.request.end http.request.write http.request.end net.connect.write net.createConnection.write`,
  ],
  [
    { effect: 'listen', sink: 'all' },
    `http.createServer.listen https.createServer.listen net.createServer.listen net.Server.listen http.Server.listen
     express.listen Bun.serve Deno.serve Deno.listen`,
  ],
  [
    { effect: 'file-read', gives: 'file' },
    `fs.readFileSync fs.readFile fs.promises.readFile fs/promises.readFile fs.createReadStream fs.readdirSync fs.readdir
     fs.promises.readdir fs/promises.readdir fs-extra.readFile fs-extra.readFileSync fs-extra.readJson fs-extra.readJsonSync
     fs.openSync fs.open Deno.readTextFile Deno.readFile Bun.file graceful-fs.readFileSync`,
  ],
  [
    { effect: 'file-write' },
    `fs.writeFileSync fs.writeFile fs.promises.writeFile fs/promises.writeFile fs.appendFileSync fs.appendFile
     fs.promises.appendFile fs/promises.appendFile fs.createWriteStream fs.chmodSync fs.chmod fs.promises.chmod fs/promises.chmod
     fs-extra.writeFile fs-extra.writeFileSync fs-extra.outputFile fs-extra.outputFileSync fs-extra.writeJson
     Deno.writeTextFile Deno.writeFile Bun.write`,
  ],
  [
    { effect: 'file-write', sink: 1 },
    `fs.copyFileSync fs.copyFile fs.renameSync fs.rename fs.symlinkSync fs.symlink fs.cpSync fs.cp fs.promises.copyFile
     fs.promises.rename fs/promises.copyFile fs/promises.rename fs/promises.cp fs/promises.symlink fs-extra.copy fs-extra.copySync fs-extra.move`,
  ],
  [
    { effect: 'file-delete' },
    `fs.unlinkSync fs.unlink fs.rmSync fs.rm fs.rmdirSync fs.rmdir fs.promises.rm fs.promises.unlink fs/promises.rm
     fs/promises.unlink fs/promises.rmdir fs-extra.remove fs-extra.removeSync rimraf rimraf.sync del`,
  ],
  [
    { effect: 'spy' },
    'clipboardy.read clipboardy.readSync screenshot-desktop node-global-key-listener.GlobalKeyboardListener',
  ],
  [
    { effect: 'hook' },
    'module.register module.registerHooks module._load.__set__ process.setUncaughtExceptionCaptureCallback',
  ],
  [
    { effect: 'input', gives: 'stdin' },
    'process.stdin.read process.stdin.on readline.createInterface.question prompt',
  ],
])

export const JAVASCRIPT_BUILTINS = new Set(
  `eval Function require fetch globalThis global window self process Buffer atob btoa String Array Object JSON Number parseInt
   parseFloat unescape escape decodeURIComponent encodeURIComponent decodeURI encodeURI Reflect Proxy Symbol Math Date module
   exports import WebAssembly XMLHttpRequest WebSocket navigator EventSource setTimeout setInterval setImmediate Deno Bun Boolean
   true false Uint8Array TextDecoder URL Promise prompt queueMicrotask document console`
    .trim()
    .split(/\s+/),
)
