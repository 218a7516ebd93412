/** Words that texts are put together from. All of it is written for this bench; nothing is taken from a corpus. */
export const WORDS = {
  english: {
    subject:
      'the harbour master|a tired engineer|our accountant|the committee|Margaret|nobody in the office|the old lighthouse|every second passenger|the gateway|a colleague from Rotterdam|the library|this particular model|two of the children|the night train',
    verb: 'postponed|could not explain|has carefully documented|was looking for|repaired|underestimated|keeps forgetting|translated|will be charged for|measured|photographed|rejected|quietly replaced|remembers',
    object:
      'the quarterly report|a broken umbrella|seventeen invoices|the shortest route home|an unexpected refund|the temperature of the water|several misleading headlines|a letter from 1974|the backup that nobody had tested|her grandmother’s recipe|the new timetable|a half-finished sandwich|version 2.4.1 of the driver|an uncomfortable silence',
    tail: 'before the meeting began|on a rainy Tuesday|despite the warnings|without asking anyone|as far as we know|in less than 350 milliseconds|for €12.50 a piece|because it didn’t matter|and that’s all there is to it|at 7:45 in the morning|which surprised everybody|under artificial light',
  },
  chinese: {
    subject:
      '值班工程师|那位老船长|我们的会计|委员会|图书馆|隔壁的邻居|夜班火车|每一位乘客|网关服务|来自杭州的同事|两个孩子|气象站|新来的实习生|这座古老的灯塔',
    verb: '推迟了|没能解释清楚|仔细记录了|一直在寻找|修好了|低估了|总是忘记|翻译了|测量了|悄悄替换了|拒绝了|还记得|拍下了|整理了',
    object:
      '季度报告|一把破雨伞|十七张发票|回家最近的路|意外的退款|河水的温度|几条误导人的标题|一封一九七四年的信|从来没人测试过的备份|外婆的菜谱|新的时刻表|吃了一半的三明治|第三版驱动程序|令人尴尬的沉默',
    tail: '在会议开始之前|在一个下雨的星期二|尽管有人提醒过|没有问任何人|据我们所知|用了不到三百毫秒|因为这并不重要|早上七点四十五分|让所有人都很惊讶|在昏暗的灯光下|每件十二块五|然后就回家了',
  },
  terms:
    'API|token|GPU 集群|Kubernetes|Redis|streaming|timeout|OpenAI|Node.js 20|prompt|JSON|rate limit|TypeScript|p99|HTTP/2|embedding|ROI|demo',
  names:
    'userId|retryAfterMs|parse_headers|total|buffer|MAX_QUEUE|response|onDrain|items|conversation_id|isReady|x|chunkSize|lastSeenAt|tokens|db_url',
  emoji: '😀|😂|🥲|👍|👍🏽|🙏🏿|🎉|🚀|❤️|🔥|👩‍💻|👨‍👩‍👧‍👦|🏳️‍🌈|🇨🇳|🇩🇪|☕|✅|⚠️|🐼|🍜|🌧️|⏰|🧑🏻‍🚀|💡|🫠|1️⃣|™️|♻️|🎶|🤷🏾‍♀️',
} as const;
