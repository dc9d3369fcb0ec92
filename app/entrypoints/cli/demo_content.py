"""The demo world's content: a made-up city, its members, people, bases, labs and machines, as plain tables."""

from __future__ import annotations

from typing import NamedTuple


class MemberLine(NamedTuple):
    """A member organisation."""

    code: str
    kind: str
    name_zh: str
    name_en: str


class PersonLine(NamedTuple):
    """A person with offices: (role, member code, base code or empty)."""

    email: str
    name: str
    offices: tuple[tuple[str, str, str], ...]


class UnitLine(NamedTuple):
    """A kind of unit in a lab: how many separate machines, or one pool or set of stations with a capacity."""

    kind: str
    name_zh: str
    name_en: str
    copies: int
    capacity: int = 1
    value_yuan: int = 0
    model: str = ""
    needs_approval: bool = False
    setup_minutes: int = 0
    cleaning_minutes: int = 0


class LabLine(NamedTuple):
    """A lab with its seats and what stands in it."""

    name_zh: str
    name_en: str
    seats: int
    units: tuple[UnitLine, ...]


class BaseLine(NamedTuple):
    """A base: who owns it (member code, hundredths of a percent), where it stands, who runs it, who keeps it."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    owners: tuple[tuple[str, int], ...]
    host: str
    operator: str
    contact: str
    address: str
    about_zh: str
    about_en: str
    hours: tuple[int, int]
    weekend: bool
    labs: tuple[LabLine, ...]


MEMBERS = (
    MemberLine("JZEDU", "government", "江州市教育局", "Jiangzhou Education Bureau"),
    MemberLine(
        "JZPARK", "park", "江州高新区管委会（联合体秘书处）", "Jiangzhou High-Tech Park (consortium secretariat)"
    ),
    MemberLine("JZVTC", "school", "江州职业技术学院", "Jiangzhou Vocational and Technical College"),
    MemberLine("JZMEC", "school", "江州机电工程学校", "Jiangzhou School of Mechanical and Electrical Engineering"),
    MemberLine("SANCHUAN", "company", "三川精密制造有限公司", "Sanchuan Precision Manufacturing"),
    MemberLine("YUNFAN", "company", "云帆机器人有限公司", "Yunfan Robotics"),
    MemberLine("LVYUAN", "company", "绿源新能源汽车有限公司", "Lvyuan New Energy Vehicles"),
    MemberLine("JZIMI", "institute", "江州智能制造研究院", "Jiangzhou Institute of Intelligent Manufacturing"),
)

PEOPLE = (
    PersonLine("admin@demo.example", "周敏", (("administrator", "JZPARK", ""),)),
    PersonLine("teacher@demo.example", "李文", (("booker", "JZVTC", ""),)),
    PersonLine("trainer@demo.example", "王强", (("booker", "SANCHUAN", ""), ("booker", "JZVTC", ""))),
    PersonLine(
        "keeper@demo.example",
        "陈静",
        (("keeper", "JZVTC", "JZVTC-CNC"), ("keeper", "JZVTC", "JZVTC-SCF"), ("keeper", "JZVTC", "JZVTC-AUT")),
    ),
    PersonLine("finance@demo.example", "赵岚", (("finance", "JZVTC", ""),)),
    PersonLine("council@demo.example", "孙立", (("council", "JZEDU", ""),)),
    PersonLine("college@demo.example", "吴婷", (("member_admin", "JZVTC", ""),)),
    PersonLine("auditor@demo.example", "何平", (("auditor", "JZPARK", ""),)),
    PersonLine("liu@demo.example", "刘洋", (("booker", "JZMEC", ""),)),
    PersonLine("xu@demo.example", "徐芳", (("booker", "JZMEC", ""),)),
    PersonLine("gao@demo.example", "高翔", (("booker", "YUNFAN", ""), ("keeper", "YUNFAN", ""))),
    PersonLine("lin@demo.example", "林晓", (("booker", "LVYUAN", ""), ("keeper", "LVYUAN", ""))),
    PersonLine("zheng@demo.example", "郑楠", (("booker", "JZIMI", ""), ("base_head", "JZIMI", ""))),
    PersonLine("ma@demo.example", "马骏", (("booker", "JZVTC", ""),)),
    PersonLine("huang@demo.example", "黄薇", (("booker", "JZVTC", ""),)),
    PersonLine("song@demo.example", "宋杰", (("keeper", "SANCHUAN", ""), ("keeper", "JZMEC", ""))),
)

LECTURERS = (
    PersonLine("t01@demo.example", "周岩", (("booker", "JZVTC", ""),)),
    PersonLine("t02@demo.example", "吴桐", (("booker", "JZVTC", ""),)),
    PersonLine("t03@demo.example", "郑洁", (("booker", "JZVTC", ""),)),
    PersonLine("t04@demo.example", "冯磊", (("booker", "JZVTC", ""),)),
    PersonLine("t05@demo.example", "陈浩", (("booker", "JZVTC", ""),)),
    PersonLine("t06@demo.example", "褚宁", (("booker", "JZVTC", ""),)),
    PersonLine("t07@demo.example", "卫东", (("booker", "JZVTC", ""),)),
    PersonLine("t08@demo.example", "蒋慧", (("booker", "JZVTC", ""),)),
    PersonLine("t09@demo.example", "沈勇", (("booker", "JZVTC", ""),)),
    PersonLine("t10@demo.example", "韩雪", (("booker", "JZVTC", ""),)),
    PersonLine("t11@demo.example", "杨帆", (("booker", "JZVTC", ""),)),
    PersonLine("t12@demo.example", "朱琳", (("booker", "JZVTC", ""),)),
    PersonLine("t13@demo.example", "秦川", (("booker", "JZMEC", ""),)),
    PersonLine("t14@demo.example", "尤佳", (("booker", "JZMEC", ""),)),
    PersonLine("t15@demo.example", "许诺", (("booker", "JZMEC", ""),)),
    PersonLine("t16@demo.example", "何健", (("booker", "JZMEC", ""),)),
    PersonLine("t17@demo.example", "吕萍", (("booker", "JZMEC", ""),)),
    PersonLine("t18@demo.example", "施展", (("booker", "JZMEC", ""),)),
    PersonLine("t19@demo.example", "张弛", (("booker", "JZMEC", ""),)),
    PersonLine("t20@demo.example", "孔亮", (("booker", "JZMEC", ""),)),
)
"""The teachers who give most of the term's lessons."""

_LATHE = UnitLine("machine", "数控车床", "CNC lathe", 6, 1, 286_000, "CK6140", False, 10, 10)
_MILL = UnitLine("machine", "立式加工中心", "Vertical machining centre", 4, 1, 468_000, "VMC850", False, 15, 10)
_FIVE_AXIS = UnitLine("machine", "五轴加工中心", "Five-axis machining centre", 2, 1, 2_180_000, "UMC-500", True, 30, 15)
_CMM = UnitLine("machine", "三坐标测量机", "Coordinate measuring machine", 1, 1, 680_000, "CMM-8106", True, 15, 0)
_CAD = UnitLine("stations", "CAD/CAM 工位", "CAD/CAM stations", 1, 40, 360_000)
_BENCH = UnitLine("stations", "钳工工位", "Fitting benches", 1, 36, 90_000)
_WELD = UnitLine("pool", "氩弧焊机", "TIG welders", 1, 12, 216_000, "WS-400", False, 0, 10)
_WELD_ROBOT = UnitLine("machine", "焊接机器人工作站", "Welding robot cell", 4, 1, 395_000, "AW-1400", True, 15, 10)
_ROBOT = UnitLine("machine", "工业机器人工作站", "Industrial robot cell", 5, 1, 325_000, "IR-6", False, 10, 5)
_LINE = UnitLine("machine", "柔性生产线", "Flexible production line", 1, 1, 3_260_000, "FMS-3", True, 30, 30)
_PLC = UnitLine("stations", "PLC 实训工位", "PLC stations", 1, 24, 288_000)
_VISION = UnitLine("pool", "机器视觉套件", "Machine vision kits", 1, 8, 160_000)
_CAR = UnitLine("machine", "新能源整车", "Electric vehicle", 4, 1, 168_000, "EV-2", False, 10, 10)
_BATTERY = UnitLine("machine", "动力电池测试台", "Battery test bench", 3, 1, 540_000, "BTS-600", True, 20, 10)
_DIAG = UnitLine("pool", "故障诊断仪", "Diagnostic units", 1, 10, 120_000)
_LIFT = UnitLine("machine", "举升工位", "Lift bay", 6, 1, 36_000)
_SCOPE = UnitLine("stations", "电子测量工位", "Electronics benches", 1, 30, 270_000)
_SMT = UnitLine("machine", "贴片机", "SMT pick-and-place machine", 3, 1, 620_000, "SMT-460", True, 20, 15)
_PRINT3D = UnitLine("pool", "桌面级 3D 打印机", "Desktop 3D printers", 1, 10, 65_000)
_METAL3D = UnitLine("machine", "金属 3D 打印机", "Metal 3D printer", 1, 1, 1_450_000, "SLM-280", True, 60, 60)
_SCAN = UnitLine("machine", "三维扫描仪", "3D scanner", 3, 1, 145_000, "SC-3")
_AGV = UnitLine("pool", "AGV 小车", "AGV carts", 1, 6, 240_000)
_WMS = UnitLine("stations", "仓储管理工位", "Warehouse stations", 1, 32, 128_000)
_SORT = UnitLine("machine", "自动分拣线", "Sorting line", 1, 1, 880_000, "AS-12", True, 15, 15)
_LIVE = UnitLine("machine", "直播间", "Live-stream studio", 4, 1, 46_000)
_PC = UnitLine("stations", "计算机工位", "Computer stations", 1, 50, 300_000)
_FATIGUE = UnitLine("machine", "疲劳试验机", "Fatigue testing machine", 1, 1, 1_260_000, "FT-100", True, 30, 30)
_SEM = UnitLine("machine", "扫描电子显微镜", "Scanning electron microscope", 1, 1, 2_860_000, "SEM-3", True, 30, 15)
_SPECTRO = UnitLine("machine", "光谱仪", "Spectrometer", 3, 1, 420_000, "SP-20", False, 15, 10)
_MOULD = UnitLine("machine", "注塑机", "Injection moulding machine", 4, 1, 380_000, "IM-120", False, 20, 20)
_EDM = UnitLine("machine", "电火花线切割机", "Wire EDM machine", 4, 1, 215_000, "DK7740", False, 10, 10)
_ELEC = UnitLine("stations", "电工工位", "Electrician stations", 1, 28, 168_000)
_MOTOR = UnitLine("pool", "电机控制实验箱", "Motor control kits", 1, 14, 98_000)

BASES = (
    BaseLine(
        "JZVTC-CNC",
        "training_base",
        "数控技术实训基地",
        "CNC Machining Training Base",
        (("JZVTC", 10_000),),
        "JZVTC",
        "JZVTC",
        "陈静 0000-8820101",
        "江州市学府路 1 号 机械楼",
        "数控车、铣、多轴加工与精密测量的教学与竞赛集训。",
        "Turning, milling, multi-axis machining and precision measurement for teaching and competitions.",
        (480, 1320),
        True,
        (
            LabLine("数控车削实训室", "CNC turning lab", 40, (_LATHE,)),
            LabLine("数控铣削实训室", "CNC milling lab", 40, (_MILL, _EDM)),
            LabLine("多轴加工实训室", "Multi-axis machining lab", 24, (_FIVE_AXIS, _SCAN)),
            LabLine("精密测量室", "Precision measurement room", 20, (_CMM, _SCAN)),
            LabLine("CAD/CAM 机房", "CAD/CAM room", 40, (_CAD, _PRINT3D)),
        ),
    ),
    BaseLine(
        "JZVTC-SCF",
        "factory_in_school",
        "三川—江职 校中厂",
        "Sanchuan factory-in-school",
        (("SANCHUAN", 6_000), ("JZVTC", 4_000)),
        "JZVTC",
        "SANCHUAN",
        "宋杰 0000-8820102",
        "江州市学府路 1 号 产教融合大楼一层",
        "企业设备进校园：真实订单的精密零件生产线，白天教学、晚间生产。",
        "Company machines on campus: a line making real precision parts, teaching by day, production by night.",
        (480, 1440),
        True,
        (
            LabLine("精密零件生产线", "Precision parts line", 30, (_LINE, _FIVE_AXIS)),
            LabLine("自动化上下料单元", "Automatic loading cell", 20, (_ROBOT,)),
            LabLine("来料与成品检测室", "Inspection room", 16, (_CMM, _SPECTRO)),
            LabLine("刀具与工艺室", "Tooling room", 20, (_MILL, _BENCH)),
            LabLine("生产管理教室", "Production classroom", 45, (_PC,)),
        ),
    ),
    BaseLine(
        "JZVTC-AUT",
        "training_base",
        "智能控制实训基地",
        "Intelligent Control Training Base",
        (("JZVTC", 10_000),),
        "JZVTC",
        "JZVTC",
        "陈静 0000-8820103",
        "江州市学府路 1 号 电气楼",
        "PLC、电工、运动控制与机器视觉。",
        "PLC, electrical work, motion control and machine vision.",
        (480, 1290),
        False,
        (
            LabLine("PLC 实训室", "PLC lab", 48, (_PLC, _VISION)),
            LabLine("电工技能实训室", "Electrician lab", 56, (_ELEC, _MOTOR)),
            LabLine("运动控制实训室", "Motion control lab", 28, (_MOTOR, _ROBOT)),
            LabLine("机器视觉实训室", "Machine vision lab", 30, (_VISION, _PC)),
            LabLine("电子工艺实训室", "Electronics lab", 60, (_SCOPE, _SMT)),
        ),
    ),
    BaseLine(
        "JZVTC-LOG",
        "training_base",
        "现代物流实训基地",
        "Modern Logistics Training Base",
        (("JZVTC", 10_000),),
        "JZVTC",
        "JZVTC",
        "马骏 0000-8820104",
        "江州市学府路 1 号 物流中心",
        "仓储、分拣、AGV 调度与电商直播。",
        "Warehousing, sorting, AGV dispatch and e-commerce streaming.",
        (480, 1290),
        False,
        (
            LabLine("智慧仓储实训室", "Smart warehouse lab", 50, (_WMS, _AGV)),
            LabLine("自动分拣实训室", "Sorting lab", 30, (_SORT, _AGV)),
            LabLine("电商直播中心", "Streaming centre", 24, (_LIVE,)),
            LabLine("供应链仿真机房", "Supply chain simulation room", 50, (_PC,)),
            LabLine("跨境电商实训室", "Cross-border commerce lab", 45, (_PC, _LIVE)),
        ),
    ),
    BaseLine(
        "JZMEC-WLD",
        "training_base",
        "焊接技术实训基地",
        "Welding Training Base",
        (("JZMEC", 10_000),),
        "JZMEC",
        "JZMEC",
        "宋杰 0000-8820201",
        "江州市工业大道 18 号 3 号楼",
        "手工焊、机器人焊与无损检测，含技能等级认定考位。",
        "Manual and robotic welding, testing, with certified examination places.",
        (480, 1260),
        True,
        (
            LabLine("手工焊实训室", "Manual welding lab", 36, (_WELD,)),
            LabLine("焊接机器人实训室", "Robot welding lab", 24, (_WELD_ROBOT, _WELD)),
            LabLine("钳工实训室", "Fitting lab", 36, (_BENCH,)),
            LabLine("材料检测室", "Materials testing room", 16, (_SPECTRO, _FATIGUE)),
            LabLine("技能认定考场", "Certification hall", 30, (_WELD, _BENCH)),
        ),
    ),
    BaseLine(
        "JZMEC-ELE",
        "laboratory",
        "电工电子实验中心",
        "Electrical and Electronics Laboratory",
        (("JZMEC", 10_000),),
        "JZMEC",
        "JZMEC",
        "徐芳 0000-8820202",
        "江州市工业大道 18 号 5 号楼",
        "电工、电子、单片机与 PLC 基础实验。",
        "Basic experiments in electrical work, electronics, microcontrollers and PLC.",
        (480, 1260),
        False,
        (
            LabLine("电工基础实验室", "Basic electrical lab", 56, (_ELEC,)),
            LabLine("电子技术实验室", "Electronics lab", 60, (_SCOPE,)),
            LabLine("单片机实验室", "Microcontroller lab", 50, (_PC, _SCOPE)),
            LabLine("PLC 基础实验室", "PLC basics lab", 48, (_PLC,)),
            LabLine("电机拖动实验室", "Electric drives lab", 28, (_MOTOR, _ELEC)),
        ),
    ),
    BaseLine(
        "SANCHUAN-SIF",
        "school_in_factory",
        "三川厂中校",
        "Sanchuan school-in-factory",
        (("SANCHUAN", 10_000),),
        "SANCHUAN",
        "SANCHUAN",
        "王强 0000-8820301",
        "江州高新区创新路 66 号 2 号厂房",
        "设在车间里的教学点：订单班与岗位实习。",
        "A teaching site inside the plant for order classes and internships.",
        (480, 1200),
        False,
        (
            LabLine("车间教学区", "Shop-floor teaching area", 30, (_LATHE, _MILL)),
            LabLine("多轴加工示范线", "Multi-axis demonstration line", 20, (_FIVE_AXIS, _CMM)),
            LabLine("模具工段", "Tool and die section", 24, (_EDM, _MOULD)),
            LabLine("质检教学区", "Quality teaching area", 16, (_CMM, _SPECTRO)),
            LabLine("班组培训室", "Team training room", 40, (_PC,)),
        ),
    ),
    BaseLine(
        "YUNFAN-ROB",
        "practice_centre",
        "工业机器人产教融合实践中心",
        "Industrial Robotics Practice Centre",
        (("YUNFAN", 7_000), ("JZPARK", 3_000)),
        "JZPARK",
        "YUNFAN",
        "高翔 0000-8820401",
        "江州高新区创新路 88 号 A 座",
        "机器人集成、调试与运维，面向全市院校与企业开放。",
        "Robot integration, commissioning and maintenance, open to every school and company in the city.",
        (510, 1290),
        True,
        (
            LabLine("机器人编程室", "Robot programming room", 36, (_ROBOT, _PC)),
            LabLine("系统集成区", "Integration area", 24, (_ROBOT, _VISION)),
            LabLine("柔性制造单元", "Flexible manufacturing cell", 20, (_LINE, _AGV)),
            LabLine("焊接机器人区", "Robot welding area", 20, (_WELD_ROBOT,)),
            LabLine("机器人运维室", "Robot maintenance room", 24, (_ROBOT, _MOTOR)),
        ),
    ),
    BaseLine(
        "LVYUAN-NEV",
        "training_base",
        "新能源汽车实训基地",
        "New Energy Vehicle Training Base",
        (("LVYUAN", 5_500), ("JZMEC", 4_500)),
        "LVYUAN",
        "LVYUAN",
        "林晓 0000-8820501",
        "江州高新区绿源路 9 号",
        "整车检修、动力电池与充电设施。",
        "Vehicle service, traction batteries and charging.",
        (480, 1260),
        True,
        (
            LabLine("整车检修车间", "Vehicle service hall", 36, (_CAR, _LIFT)),
            LabLine("动力电池实训室", "Battery lab", 24, (_BATTERY, _DIAG)),
            LabLine("电驱系统实训室", "Electric drive lab", 28, (_MOTOR, _DIAG)),
            LabLine("故障诊断实训室", "Diagnostics lab", 32, (_DIAG, _CAR)),
            LabLine("充电设施实训室", "Charging lab", 20, (_ELEC,)),
        ),
    ),
    BaseLine(
        "JZIMI-MAT",
        "laboratory",
        "先进材料测试中心",
        "Advanced Materials Testing Centre",
        (("JZIMI", 10_000),),
        "JZIMI",
        "JZIMI",
        "郑楠 0000-8820601",
        "江州高新区研究院路 3 号",
        "力学、微观与成分分析，提供委托测试。",
        "Mechanical, microscopic and chemical analysis, with commissioned testing.",
        (510, 1080),
        False,
        (
            LabLine("力学性能室", "Mechanical testing room", 12, (_FATIGUE,)),
            LabLine("显微分析室", "Microscopy room", 8, (_SEM,)),
            LabLine("光谱分析室", "Spectroscopy room", 10, (_SPECTRO,)),
            LabLine("尺寸计量室", "Dimensional metrology room", 10, (_CMM, _SCAN)),
            LabLine("试样制备室", "Sample preparation room", 12, (_EDM, _BENCH)),
        ),
    ),
    BaseLine(
        "JZIMI-AM",
        "practice_centre",
        "增材制造公共服务平台",
        "Additive Manufacturing Platform",
        (("JZIMI", 6_000), ("JZEDU", 4_000)),
        "JZIMI",
        "JZIMI",
        "郑楠 0000-8820602",
        "江州高新区研究院路 3 号 B 座",
        "从设计、扫描到金属打印的一站式平台。",
        "From design and scanning to metal printing under one roof.",
        (510, 1260),
        True,
        (
            LabLine("金属打印室", "Metal printing room", 8, (_METAL3D,)),
            LabLine("桌面打印工坊", "Desktop printing workshop", 30, (_PRINT3D, _PC)),
            LabLine("三维数字化室", "3D digitising room", 16, (_SCAN, _CAD)),
            LabLine("后处理车间", "Post-processing shop", 12, (_MILL, _BENCH)),
            LabLine("创客空间", "Maker space", 40, (_PRINT3D, _BENCH)),
        ),
    ),
    BaseLine(
        "JZPARK-PUB",
        "practice_centre",
        "高新区公共实训中心",
        "High-Tech Park Public Training Centre",
        (("JZPARK", 6_000), ("JZEDU", 4_000)),
        "JZPARK",
        "JZVTC",
        "周敏 0000-8820701",
        "江州高新区创新路 1 号",
        "面向全市的公共实训：技能培训、竞赛与等级认定。",
        "Public training for the whole city: courses, competitions and certification.",
        (480, 1320),
        True,
        (
            LabLine("智能产线实训室", "Smart line lab", 36, (_LINE, _ROBOT)),
            LabLine("数控实训室", "CNC lab", 36, (_LATHE, _MILL)),
            LabLine("电气安装实训室", "Electrical installation lab", 40, (_ELEC, _PLC)),
            LabLine("信息技术实训室", "IT lab", 50, (_PC,)),
            LabLine("多功能考训厅", "Examination hall", 80, (_BENCH, _SCOPE)),
        ),
    ),
)

PERIODS = (
    (1, 480, 525),
    (2, 535, 580),
    (3, 600, 645),
    (4, 655, 700),
    (5, 840, 885),
    (6, 895, 940),
    (7, 960, 1005),
    (8, 1015, 1060),
    (9, 1140, 1185),
    (10, 1195, 1240),
)
"""Class periods in winter: number, first and last minute of the wall clock."""

SUMMER_PERIODS = tuple((number, start + 30 * (start > 720), end + 30 * (start > 720)) for number, start, end in PERIODS)
"""In summer the noon rest is half an hour longer."""

SHORT_PERIODS = tuple((number, start, end - 5) for number, start, end in PERIODS)
"""The younger learners of the five-year course have class periods of forty minutes."""

SCREEN_TOKEN = "demo-door-screen-of-the-cnc-base"  # noqa: S105 - known to everybody, and only the demo has it

FIVE_YEAR = "五年制"
FRESHMEN = "新生"


class BlockLine(NamedTuple):
    """Weeks of the college's term without a normal timetable: kind, first and last week (from the end if negative)."""

    kind: str
    first_week: int
    last_week: int
    learners: str
    teaches: bool
    name_zh: str
    name_en: str


BLOCKS = (
    BlockLine("military", 1, 2, FRESHMEN, False, "新生军训", "Military training of first-years"),
    BlockLine("practice", 11, 11, "", True, "技能竞赛周", "Skills week"),
    BlockLine("exam", -1, -1, "", False, "考试周", "Exams"),
)

CLASSES = (
    "机制2301",
    "机制2302",
    "数控2301",
    "数控2402",
    "机电2301",
    "机器人2401",
    "焊接2302",
    "新能源2401",
    "物流2301",
)

LESSONS = (
    ("数控编程与操作", "teaching"),
    ("零件数控车削", "teaching"),
    ("PLC 应用技术", "teaching"),
    ("工业机器人编程", "teaching"),
    ("电工技能训练", "teaching"),
    ("新能源汽车检修", "teaching"),
    ("焊接工艺实训", "teaching"),
    ("机械测量技术实验", "experiment"),
    ("订单班岗前训练", "order_class"),
    ("现代学徒制轮训", "apprenticeship"),
    ("中级工认定集训", "certification"),
    ("省赛集训", "competition"),
)

SINGLES = (
    ("企业新员工上机", "staff_training", 8),
    ("样件试制", "technical_service", 3),
    ("课题试验", "research", 2),
    ("毕业设计加工", "innovation", 2),
    ("社会学员实操", "public_training", 12),
    ("教师企业实践", "teacher_training", 6),
    ("竞赛选手加练", "competition", 4),
    ("开放日参观", "visit", 20),
)
