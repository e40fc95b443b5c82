"""Words of which names are made: of estates, parks, towers, companies. What they make is invented."""


def words(*lines: str) -> list[str]:
    """The words of some lines, told apart by blanks."""
    return [word for line in lines for word in line.split()]


ESTATE_FIRST = words(
    "锦绣 金地来 翠竹 御景 海悦 星河里 泰安 丽景 鸿景 天悦 华庭 碧海 云山 福泽 书香",
    "新锦 桂芳 荔园 松涛 海逸 水岸 时代 玉兰 凤凰里 龙湖里 和谐 安居 景秀 万福 金域",
    "都市 花样 幸福 德兴 宏发 聚福 永泰 中熙 祥和 春晓 旭日 阳光 悦澜 云锦 尚城 雅居",
    "名苑 鹏程 康达 瑞景",
)
ESTATE_LAST = words("花园 家园 华府 雅苑 小区 新村 公馆 名邸 豪庭 花苑 嘉园 里")
PARK_FIRST = words("创智 恒丰 众创 宝源 新科 联东 鸿图 智造 立信 华丰源 银田 桃花 宏业 互联 星展 长盛")
PARK_LAST = words("工业园 科技园 产业园 创新园 智造园")
MARKET_LAST = words("综合市场 商业街 生活广场 农贸市场 购物广场")
TOWER_FIRST = words("前湾 海纳 中洲里 卓悦 泰华源 新安湖畔 宝立 滨海")
SITE_NAMES = ("滨海廊桥二期项目工地党群服务站", "城际轨道土建三标工地党群服务站")
SCENIC_NAMES = ("滨海文化公园党群服务站", "立新湖公园党群服务站", "石岩湖绿道党群服务站")
COMPANY_FIRST = words(
    "安怡 和顺 万邻 家乐美 绿源 惠民 盛邦 宏宇 嘉信 明德 金钥匙 同心 天诚 福临 百盛",
    "润泽 佳邻 创安 恒信 众乐",
)
BRANDS = words(
    "邻里议事厅 红色楼道 同心圆 小屋大爱 暖心角 邻聚里 乐邻汇 书香邻里 百姓茶馆",
    "楼下议事 民情直通 心连心 红管家 守望相助 点亮微心愿",
)
