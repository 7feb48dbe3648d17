/** Well-known packages of the field: what a misspelt name means to resemble. */
const KNOWN = new Set(
  (
    'accelerate aiohttp albumentations anthropic bitsandbytes boto3 catboost certifi click cloudpickle cryptography cupy ' +
    'datasets deepspeed diffusers einops evaluate fairseq fastapi fasttext flask flask-cors gensim gradio grpcio h5py ' +
    'huggingface-hub hydra-core ipython jinja2 joblib jupyter keras langchain lightgbm lightning litellm llama-cpp-python ' +
    'llama-index matplotlib mlflow mmcv monai nemo-toolkit networkx nltk numpy omegaconf onnx onnxruntime onnxruntime-gpu ' +
    'openai opencv-python opencv-python-headless optimum optuna pandas peft pillow polars protobuf psutil pyarrow pydantic ' +
    'pytest pytorch-lightning pyyaml ray regex requests rouge-score sacrebleu safetensors scikit-image scikit-learn scipy ' +
    'seaborn sentence-transformers sentencepiece seqeval setuptools soundfile spacy sqlalchemy statsmodels tensorboard ' +
    'tensorflow tensorflow-gpu tiktoken tokenizers torch torchaudio torchmetrics torchvision tqdm transformers triton trl ' +
    'typing-extensions urllib3 vllm wandb websockets wheel xformers xgboost'
  ).split(' '),
)

/** The form in which the index compares names (PEP 503). */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** The known package that a name is one slip of the finger away from; undefined for known and for unrelated names. */
export function misspelt(name: string): string | undefined {
  const normal = normalName(name)
  if (KNOWN.has(normal) || normal.length < 5) return undefined
  for (const known of KNOWN) if (known.length >= 5 && oneSlip(normal, known)) return known
  return undefined
}

/** One letter too many, too few, wrong, or two swapped; separators left out count as nothing. */
function oneSlip(a: string, b: string): boolean {
  if (a.replaceAll('-', '') === b.replaceAll('-', '')) return true
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  // A digit at the end is another version of the same thing: keras2, h5py3.
  if (/^\d?$/.test(x) && /^\d?$/.test(y)) return false
  if (x.length <= 1 && y.length <= 1) return true
  return x.length === 2 && y.length === 2 && x[0] === y[1] && x[1] === y[0]
}
