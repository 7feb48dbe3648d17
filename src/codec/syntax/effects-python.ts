import { effectTable } from './effects.ts'

/** Functions of Python's standard library and of packages that models and plugins use, by what they do. */
export const PYTHON_EFFECTS = effectTable([
  [
    { effect: 'process', shell: true },
    `os.system os.popen os.popen2 os.popen3 os.popen4 subprocess.getoutput subprocess.getstatusoutput commands.getoutput
     commands.getstatusoutput popen2.popen2 popen2.popen3 asyncio.create_subprocess_shell posix.system nt.system
     asyncio.subprocess.create_subprocess_shell`,
  ],
  [
    { effect: 'process', gives: 'process' },
    `subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen os.startfile
     os.execv os.execve os.execvp os.execvpe os.execl os.execle os.execlp os.execlpe os.posix_spawn os.posix_spawnp pty.spawn
     asyncio.create_subprocess_exec asyncio.subprocess.create_subprocess_exec sh.Command plumbum.local
     _posixsubprocess.fork_exec multiprocessing.util.spawnv_passfds paramiko.SSHClient.exec_command fabric.Connection.run
     invoke.run invoke.Context.run pexpect.spawn pexpect.run subprocess32.run subprocess32.Popen psutil.Popen`,
  ],
  [
    { effect: 'process', sink: 1 },
    'os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe',
  ],
  [
    { effect: 'dynamic-code' },
    `eval exec builtins.eval builtins.exec execfile code.interact code.InteractiveInterpreter.runsource
     code.InteractiveConsole.push runpy.run_path runpy.run_module types.FunctionType
     IPython.get_ipython.run_cell get_ipython.run_cell get_ipython.system get_ipython.run_line_magic timeit.timeit
     pandas.eval numexpr.evaluate cProfile.run`,
  ],
  [{ effect: 'dynamic-code', sink: 'all' }, 'types.CodeType'],
  [
    { effect: 'import' },
    `__import__ builtins.__import__ importlib.import_module importlib.util.spec_from_file_location
     importlib.machinery.SourceFileLoader imp.load_source imp.load_module imp.load_dynamic
     importlib.util.module_from_spec pkgutil.find_loader pydoc.locate torch.hub.load torch.utils.cpp_extension.load
     torch.utils.cpp_extension.load_inline torch.ops.load_library transformers.dynamic_module_utils.get_class_from_dynamic_module`,
  ],
  [
    { effect: 'native' },
    `ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll.LoadLibrary ctypes.windll.LoadLibrary ctypes.windll.*
     ctypes.util.find_library ctypes.pythonapi.* cffi.FFI.dlopen ctypes.memmove ctypes.CFUNCTYPE numpy.ctypeslib.load_library
     torch.classes.load_library mmap.mmap`,
  ],
  [
    { effect: 'deserialise' },
    `pickle.load pickle.loads pickle.Unpickler _pickle.loads _pickle.load cPickle.load cPickle.loads dill.load dill.loads
     cloudpickle.load cloudpickle.loads joblib.load marshal.load marshal.loads shelve.open torch.load yaml.load
     yaml.unsafe_load yaml.full_load jsonpickle.decode pandas.read_pickle numpy.load keras.models.load_model
     tensorflow.keras.models.load_model onnxruntime.InferenceSession torch.jit.load torch.package.PackageImporter
     torch.utils.model_zoo.load_url torch.hub.load_state_dict_from_url skops.io.load`,
  ],
  [
    { effect: 'network', sink: 'all', gives: 'network' },
    `urllib.request.urlopen urllib.request.Request urllib.request.urlretrieve urllib.urlopen urllib2.urlopen urllib.urlretrieve
     urllib.request.build_opener.open urllib.request.OpenerDirector.open
     http.client.HTTPConnection.request http.client.HTTPSConnection.request http.client.HTTPSConnection
     http.client.HTTPConnection http.client.HTTPSConnection.getresponse http.client.HTTPConnection.getresponse
     requests.get requests.post requests.put requests.patch requests.delete requests.head requests.request
     requests.options requests.Session.* requests.session.* requests.sessions.Session.* httpx.get httpx.post httpx.put httpx.request
     httpx.stream httpx.delete httpx.patch httpx.Client.* httpx.AsyncClient.* aiohttp.ClientSession.* aiohttp.request urllib3.PoolManager.* urllib3.request
     socket.create_connection socket.socket.connect socket.socket.connect_ex socket.socket.send socket.socket.sendall
     socket.socket.sendto socket.socket.recv socket.socket.recvfrom socket.socket.recv_into socket.socket.makefile
     socket.create_connection.* socket.gethostbyname socket.getaddrinfo ssl.SSLContext.wrap_socket.* ssl.wrap_socket.* asyncio.open_connection ftplib.FTP
     ftplib.FTP.* smtplib.SMTP smtplib.SMTP.* smtplib.SMTP_SSL smtplib.SMTP_SSL.* telnetlib.Telnet telnetlib.Telnet.* paramiko.SSHClient.connect
     paramiko.Transport websocket.create_connection websocket.create_connection.* websockets.connect wget.download xmlrpc.client.ServerProxy
     dns.resolver.resolve dns.resolver.query pycurl.Curl.* telegram.Bot.* boto3.client boto3.resource
     huggingface_hub.hf_hub_download huggingface_hub.snapshot_download huggingface_hub.HfApi.upload_file
     huggingface_hub.upload_file huggingface_hub.upload_folder datasets.load_dataset gdown.download`,
  ],
  [
    { effect: 'listen', sink: 'all' },
    `socket.socket.bind socket.socket.listen http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer
     socketserver.ThreadingTCPServer asyncio.start_server flask.Flask.run uvicorn.run aiohttp.web.run_app gradio.Interface.launch
     gradio.Blocks.launch`,
  ],
  [
    { effect: 'file-read', gives: 'file' },
    `os.listdir os.scandir os.walk glob.glob glob.iglob linecache.getline fileinput.input
     shutil.copyfileobj io.open_code open.read open.readlines open.readline codecs.open.read tarfile.open zipfile.ZipFile
     sqlite3.connect configparser.ConfigParser.read keyring.get_password netrc.netrc browser_cookie3.* pandas.read_csv
     huggingface_hub.HfFolder.get_token huggingface_hub.get_token`,
  ],
  [
    { effect: 'file-read', sink: -1, gives: 'file' },
    `pathlib.Path.read_text pathlib.Path.read_bytes pathlib.Path.iterdir pathlib.Path.glob pathlib.Path.rglob`,
  ],
  [
    { effect: 'file-write', sink: -1 },
    'tempfile.NamedTemporaryFile.write pathlib.Path.write_text pathlib.Path.write_bytes open.write open.writelines pathlib.Path.symlink_to',
  ],
  [
    { effect: 'file-write', sink: 1 },
    `shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move os.rename os.replace os.link os.symlink
     shutil.unpack_archive`,
  ],
  [{ effect: 'file-write' }, 'os.chmod os.mkfifo os.truncate os.mknod'],
  [{ effect: 'file-delete' }, 'os.remove os.unlink os.rmdir os.removedirs shutil.rmtree'],
  [{ effect: 'file-delete', sink: -1 }, 'pathlib.Path.unlink pathlib.Path.rmdir'],
  [{ effect: 'environment-write' }, 'os.putenv os.unsetenv os.environ.update os.environ.setdefault'],
  [{ effect: 'descriptor' }, 'os.dup2 os.setuid os.setgid os.fork os.setsid os.forkpty pty.openpty'],
  [
    { effect: 'hook' },
    `sys.settrace sys.setprofile sys.addaudithook sys.meta_path.append sys.meta_path.insert sys.path_hooks.append
     threading.settrace builtins.__import__.__set__ atexit.register site.addsitedir signal.signal`,
  ],
  [
    { effect: 'registry', sink: 'all' },
    'winreg.SetValue winreg.SetValueEx winreg.CreateKey winreg.CreateKeyEx _winreg.SetValueEx',
  ],
  [
    { effect: 'spy' },
    `pynput.keyboard.Listener pynput.mouse.Listener keyboard.hook keyboard.on_press pyautogui.screenshot PIL.ImageGrab.grab
     mss.mss pyperclip.paste win32clipboard.GetClipboardData cv2.VideoCapture sounddevice.rec pyaudio.PyAudio`,
  ],
  [
    { effect: 'input', gives: 'stdin' },
    'input raw_input sys.stdin.read sys.stdin.readline sys.stdin.buffer.read',
  ],
])

/** Names that mean themselves where nothing else is bound to them. */
export const PYTHON_BUILTINS = new Set(
  `eval exec execfile compile open getattr setattr __import__ globals locals vars input raw_input chr ord bytes bytearray str
   reversed map join list tuple int len print type dir hasattr delattr get_ipython __builtins__ __loader__ __file__ memoryview
   sorted enumerate zip filter isinstance issubclass float bool range sum any all id hash repr abs min max iter next`
    .trim()
    .split(/\s+/),
)
