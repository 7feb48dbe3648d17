import { isTfRecord, TfRecords } from '../../codec/tfrecord.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'tfrecord.file': {
    about: 'Records of TensorFlow. `others`: those that are no tf.train.Example.',
    fields: { records: 'number', others: 'number' },
  },
  ...TABLE_FACTS,
}

/** TFRecord: every length and every record against its check, the features of examples as rows. */
export const tfrecord: Inspector = {
  id: 'tfrecord',
  detect: {
    probe: (head, _tail, size) => (isTfRecord(head, size) ? 'strong' : 'no'),
    suffix: ['.tfrecord', '.tfrecords', '.tfrec'],
  },
  facts: FACTS,
  async *inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
    const records = new TfRecords(bytes, context.rows, context.meter)
    yield* tableRows(records, context)
    yield { type: 'span', offset: 0, length: records.end, as: 'inspected' }
    yield fact('tfrecord.file', { records: records.rows, others: records.others })
  },
}
