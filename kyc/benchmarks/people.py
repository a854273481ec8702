"""Synthetic people and companies with realistic names in several scripts, from a fixed seed. Nobody real is meant.

Surnames are made of stems and endings, so that the words have a long tail as in life: a million people bear some
hundred thousand different surnames, and a few of them are borne by thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_CYRILLIC = dict(
    zip(
        "абвгдезийклмнопрстуфыэ",
        ["a", "b", "v", "g", "d", "e", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "y", "e"],
        strict=True,
    )
) | {
    "ё": "yo",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ь": "",
    "ъ": "",
    "ю": "yu",
    "я": "ya",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A name in Latin letters, the same in its own script ("" where that is Latin), and a country, ISO alpha-2."""

    latin: str
    original: str
    country: str


def latin_of(cyrillic: str) -> str:
    """As a passport office would write it."""
    return "".join(
        _CYRILLIC.get(letter.lower(), letter).capitalize() if letter.isupper() else _CYRILLIC.get(letter, letter)
        for letter in cyrillic
    )


def _words(text: str) -> list[str]:
    return text.split()


def _pairs(text: str) -> list[tuple[str, str]]:
    """Of "Li=李 Wang=王"."""
    found = []
    for word in text.split():
        latin, _, original = word.partition("=")
        found.append((latin.replace("_", " "), original.replace("_", " ")))
    return found


# Frequent ones stand first: `_frequent` draws them more often.
ENGLISH_GIVEN = _words(
    "James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara Richard Susan Joseph "
    "Jessica Thomas Sarah Charles Karen Christopher Nancy Daniel Lisa Matthew Betty Anthony Margaret Mark Sandra "
    "Oliver Amelia Harry Isla Jack Ava Freddie Mia Archie Grace Theo Freya Callum Niamh Rhys Megan Angus Fiona"
)
ENGLISH_STEMS = _words(
    "Ash Birch Black Brad Brook Burn Car Chester Clay Cliff Col Crom Dal Den Den East Ed Fair Farn Fern Gar Glad Gold "
    "Green Hal Ham Har Haw Hazel Hol Hum Kel Kings Lang Law Lin Long Mal Mar Mid Mor Nor North Oak Pem Pres Rad Ran "
    "Red Ridge Rock Ros Row Rush Sal Sand Shel Sher Stan Stock Stone Sut Thorn Tre Wal War Wash Web Wel West Whit Win Wood"
)
ENGLISH_ENDS = _words(
    "ton ford ley ham by well wood field worth bridge man s son er burn land more shaw stead thwaite den dale hurst combe"
)
GERMAN_GIVEN = _words(
    "Hans Anna Peter Ursula Klaus Monika Jürgen Petra Wolfgang Sabine Stefan Renate Andreas Karin Thomas Ingrid Lukas "
    "Lena Jonas Hannah Felix Clara Maximilian Johanna Günther Käthe Jörg Bärbel"
)
GERMAN_STEMS = _words(
    "Alt Bach Berg Brand Braun Buch Burg Dorn Eich Ernst Feld Fisch Frank Fried Gold Grün Hager Hart Heid Hof Holz Kahl "
    "Kaiser Kamp Kirch Klein Koch Kron Lang Lind Löw Mühl Neu Ober Rein Ried Rosen Roth Sand Schön Schwarz Sommer Stein "
    "Stern Tal Unter Vogel Wald Weiß Werner Wild Winter Wolf Zimmer"
)
GERMAN_ENDS = _words(
    "er mann bauer meier berger ner feld stein haus hof bach müller hagen schmidt ke inger brand wald thal"
)
SPANISH_GIVEN = _words(
    "María José Antonio Carmen Manuel Ana Francisco Isabel Juan Laura Pedro Lucía Javier Elena Carlos Paula Miguel Rosa "
    "Alejandro Marta Rafael Pilar Diego Sofía Andrés Valentina Santiago Camila Joaquín Ximena"
)
SPANISH_STEMS = _words(
    "Garc Rodrígu Gonzál Fernánd Lóp Martín Sánch Pér Góm Jimén Ru Hernánd Día Moren Muño Álvar Romer Alons Gutiérr "
    "Navarr Torr Domíngu Vázqu Ram Gil Ramír Serran Blanc Molin Suár Delgad Castr Orteg Rubi Marí Sanz Núñ Medin Garrid "
    "Cort Castill Lozan Guerrer Can Prad Cald Vald Montal Sandov Arang Echever Iturr Zubi Aguirr Bolíva Quint Paredes"
)
SPANISH_ENDS = _words("ez ía o a os es ero al ín ano ares illa era uela ón")
FRENCH_GIVEN = _words(
    "Jean Marie Pierre Jeanne Michel Françoise Luc Camille Hugo Chloé Antoine Léa Étienne Inès Noël Zoé"
)
FRENCH_STEMS = _words(
    "Beau Ber Bon Bou Bri Char Che Cour Des Du Four Gar Gau Gi Gué Laf Lam Lan Lav Le Mar Mer Mon Mor Per Pi Rey Ri "
    "Rous Sau Ta Tou Val Ver Vi Dela Fon Chau Bel Cas"
)
FRENCH_ENDS = _words("bert chand lin mont neau net nier rault reau rier roux sson tier val ville vin let ton gnon dry")
TURKISH_GIVEN = _words(
    "Mehmet Fatma Mustafa Ayşe Ahmet Emine Ali Hatice Hüseyin Zeynep Hasan Elif İbrahim Meryem Yusuf Özlem"
)
TURKISH_STEMS = _words(
    "Yıl Kay De Şa Çel Öz Ars Do Kıl Asl Tek Ay Gün Kar Bul Er Yal Taş Ko Ak Bal Ünl Sön Ko Tun Altın Demir Kara"
)
TURKISH_ENDS = _words("maz dız ak mir hin ik türk lan ğan ıç oğlu soy er taş han çın demir bay kaya")
RUSSIAN_GIVEN_M = _words(
    "Александр Дмитрий Сергей Андрей Алексей Михаил Иван Николай Владимир Евгений Павел Игорь Олег Юрий Виктор Максим "
    "Константин Григорий Фёдор Роман"
)
RUSSIAN_GIVEN_F = _words(
    "Елена Ольга Наталья Татьяна Ирина Анна Мария Екатерина Светлана Людмила Галина Юлия Дарья Вера"
)
RUSSIAN_FATHERS = _words(
    "Александр Дмитри Сергее Андрее Алексее Михайл Иван Никола Владимир Павл Игор Олег Юрь Виктор Петр"
)
RUSSIAN_STEMS = _words(
    "Иван Кузнец Поп Соколо Лебед Козл Новик Мороз Петр Волк Соловь Васил Зайц Павл Семён Голуб Виноград Богдан Воробь "
    "Фёдор Михайл Беля Тарас Бел Комар Орл Кисел Макар Андре Ковал Ильи Гус Тит Кузьм Кудряш Баран Кулик Алексе Степан "
    "Яковл Сорок Серге Роман Захар Борис Корол Герасим Пономар Григорь Лазар Медвед Ерш Никит Собол Ряб Поляк Цвет Данил "
    "Жук Фрол Журавл Николае Крыл Максим Сидор Осип Белоус Федот Дорофе Егор Матве Бобр Дмитри Калин Анис Петух Черныш"
)
RUSSIAN_ENDS = _words("ов ев ин овский ский енко ук ков цев кин аев ченко ник")
CHINESE_SURNAMES = _pairs(
    "Wang=王 Li=李 Zhang=张 Liu=刘 Chen=陈 Yang=杨 Huang=黄 Zhao=赵 Wu=吴 Zhou=周 Xu=徐 Sun=孙 Ma=马 Zhu=朱 Hu=胡 Guo=郭 He=何 "
    "Lin=林 Gao=高 Luo=罗 Zheng=郑 Liang=梁 Xie=谢 Song=宋 Tang=唐 Deng=邓 Han=韩 Feng=冯 Cao=曹 Peng=彭 Zeng=曾 Xiao=肖 Tian=田 "
    "Dong=董 Pan=潘 Yuan=袁 Cai=蔡 Jiang=蒋 Yu=余 Du=杜 Ye=叶 Cheng=程 Wei=魏 Su=苏 Lü=吕 Ding=丁 Ren=任 Lu=卢 Yao=姚 Shen=沈 Ouyang=欧阳"
)
CHINESE_GIVEN = _pairs(
    "wei=伟 fang=芳 na=娜 xiu=秀 min=敏 jing=静 li=丽 qiang=强 lei=磊 jun=军 yang=洋 yong=勇 yan=艳 jie=杰 juan=娟 tao=涛 ming=明 "
    "chao=超 xia=霞 ping=平 gang=刚 gui=桂 ying=英 hua=华 hui=慧 hong=红 jian=建 zhi=志 guo=国 xin=欣 yu=宇 hao=浩 zi=子 han=涵 "
    "mei=梅 lan=兰 feng=峰 bo=博 kai=凯 rui=瑞 ting=婷 dan=丹 peng=鹏 fei=飞 xue=雪 yun=云 hai=海 bin=斌 lin=琳 jia=嘉 wen=文 long=龙"
)
KOREAN_SURNAMES = _pairs(
    "Kim=김 Lee=이 Park=박 Choi=최 Jung=정 Kang=강 Cho=조 Yoon=윤 Jang=장 Lim=임 Han=한 Oh=오 Seo=서 Shin=신 Kwon=권 Hwang=황 Ahn=안 "
    "Song=송 Ryu=류 Hong=홍 Ko=고 Moon=문 Son=손 Yang=양 Bae=배 Baek=백 Nam=남 Ri=리"
)
KOREAN_GIVEN = _pairs(
    "min=민 jun=준 seo=서 yeon=연 ji=지 hoon=훈 hyun=현 woo=우 soo=수 young=영 jin=진 kyung=경 hee=희 sung=성 ho=호 jae=재 eun=은 "
    "mi=미 sun=선 tae=태 yong=용 chol=철 nam=남 hak=학 il=일 won=원 dong=동 sang=상 chul=출 ah=아 bin=빈 ha=하"
)
JAPANESE_SURNAMES = _pairs(
    "Sato=佐藤 Suzuki=鈴木 Takahashi=高橋 Tanaka=田中 Watanabe=渡辺 Ito=伊藤 Yamamoto=山本 Nakamura=中村 Kobayashi=小林 Kato=加藤 "
    "Yoshida=吉田 Yamada=山田 Sasaki=佐々木 Yamaguchi=山口 Matsumoto=松本 Inoue=井上 Kimura=木村 Hayashi=林 Shimizu=清水 Mori=森 "
    "Abe=阿部 Ikeda=池田 Hashimoto=橋本 Ishikawa=石川 Ogawa=小川 Okada=岡田 Goto=後藤 Hasegawa=長谷川 Murakami=村上 Kondo=近藤"
)
JAPANESE_GIVEN = _pairs(
    "Hiroshi=浩 Yoko=洋子 Takashi=隆 Keiko=恵子 Kenji=健二 Yumi=由美 Satoshi=聡 Akiko=明子 Makoto=誠 Naoko=直子 Daisuke=大輔 "
    "Haruka=遥 Kazuki=一樹 Sakura=さくら Yuki=雪 Ren=蓮 Aoi=葵 Sota=颯太 Hina=陽菜 Riku=陸"
)
ARABIC_GIVEN = _pairs(
    "Mohammed=محمد Ahmed=أحمد Fatima=فاطمة Ali=علي Hassan=حسن Aisha=عائشة Omar=عمر Khalid=خالد Maryam=مريم Ibrahim=إبراهيم "
    "Yusuf=يوسف Mahmoud=محمود Abdullah=عبد_الله Abdulrahman=عبد_الرحمن Layla=ليلى Nour=نور Tariq=طارق Samir=سمير Huda=هدى "
    "Zaynab=زينب Bilal=بلال Faisal=فيصل Karim=كريم Rashid=راشد Salim=سالم Hamza=حمزة Mustafa=مصطفى Said=سعيد Walid=وليد "
    "Ziad=زياد Adnan=عدنان Marwan=مروان Nasser=ناصر Jamal=جمال"
)
ARABIC_SURNAMES = _pairs(
    "al-Masri=المصري al-Ahmad=الأحمد al-Hassan=الحسن Haddad=حداد Khoury=خوري al-Shami=الشامي al-Tikriti=التكريتي al-Dosari=الدوسري "
    "al-Qahtani=القحطاني al-Ghamdi=الغامدي al-Zahrani=الزهراني al-Harbi=الحربي al-Otaibi=العتيبي al-Rashidi=الرشيدي Najjar=نجار "
    "Mansour=منصور Saleh=صالح Darwish=درويش al-Baghdadi=البغدادي al-Jabouri=الجبوري al-Saadi=السعدي al-Obeidi=العبيدي Hamdan=حمدان "
    "Shahin=شاهين Qasim=قاسم Barakat=بركات al-Hakim=الحكيم al-Kurdi=الكردي al-Libi=الليبي al-Sudani=السوداني al-Yamani=اليماني "
    "Abu_Bakr=أبو_بكر Abu_Zaid=أبو_زيد Suleiman=سليمان Issa=عيسى Habib=حبيب Nasrallah=نصرالله Awad=عوض Farouk=فاروق"
)
# Places and trades people are called after: "al-" and one of these, or two joined by "Abu" or "Ibn".
ARABIC_STEMS = _pairs(
    "bas=بس dul=دول far=فر ghan=غن hal=حل ham=حم jal=جل kan=كن lut=لط mah=مح nab=نب qad=قد raf=رف sab=صب sha=شا tal=طل "
    "wah=وه yas=يس zah=زه mur=مر bad=بد kha=خا dam=دم haf=حف maj=مج"
)
ARABIC_ENDS = _pairs(
    "awi=اوي ani=اني ari=اري uri=وري imi=يمي ushi=وشي abi=ابي eidi=يدي ili=يلي assi=اسي iqi=يقي ouni=وني"
)
PERSIAN_ENDS = _pairs(
    "zadeh=زاده pour=پور nejad=نژاد ian=یان far=فر khah=خواه _Tehrani=_تهرانی _Shirazi=_شیرازی _Kermani=_کرمانی manesh=منش"
)
INDIAN_ENDS = _pairs("nath=नाथ kar=कर wala=वाला pal=पाल raj=राज swamy=स्वामी bhai=भाई anand=आनंद dev=देव murthy=मूर्ति")
PERSIAN_GIVEN = _pairs(
    "Reza=رضا Hossein=حسین Zahra=زهرا Mehdi=مهدی Maryam=مریم Amir=امیر Sara=سارا Javad=جواد Leila=لیلا Saeed=سعید Nasrin=نسرین "
    "Behrouz=بهروز Parisa=پریسا Kamran=کامران Shirin=شیرین Farhad=فرهاد Dariush=داریوش"
)
PERSIAN_SURNAMES = _pairs(
    "Ahmadi=احمدی Hosseini=حسینی Mohammadi=محمدی Karimi=کریمی Rezaei=رضایی Moradi=مرادی Jafari=جعفری Rahimi=رحیمی Hashemi=هاشمی "
    "Sadeghi=صادقی Ebrahimi=ابراهیمی Ghorbani=قربانی Tehrani=تهرانی Shirazi=شیرازی Esfahani=اصفهانی Tabrizi=تبریزی Rostami=رستمی "
    "Farahani=فراهانی Kermani=کرمانی Najafi=نجفی Bagheri=باقری Mousavi=موسوی Soleimani=سلیمانی Khorasani=خراسانی"
)
INDIAN_GIVEN = _pairs(
    "Rahul=राहुल Priya=प्रिया Amit=अमित Anjali=अंजलि Sanjay=संजय Sunita=सुनीता Vijay=विजय Kavita=कविता Arun=अरुण Pooja=पूजा "
    "Suresh=सुरेश Neha=नेहा Rajesh=राजेश Deepika=दीपिका Vikram=विक्रम Lakshmi=लक्ष्मी Arjun=अर्जुन Meera=मीरा"
)
INDIAN_SURNAMES = _pairs(
    "Sharma=शर्मा Singh=सिंह Kumar=कुमार Patel=पटेल Gupta=गुप्ता Verma=वर्मा Reddy=रेड्डी Nair=नायर Iyer=अय्यर Joshi=जोशी "
    "Mehta=मेहता Rao=राव Das=दास Mishra=मिश्रा Pandey=पांडे Chopra=चोपड़ा Banerjee=बनर्जी Mukherjee=मुखर्जी Desai=देसाई Kulkarni=कुलकर्णी"
)
AFRICAN_GIVEN = _words(
    "Chinedu Ngozi Emeka Amina Oluwaseun Funmilayo Kwame Akosua Kofi Abena Tendai Wanjiru Otieno Fatou Mamadou"
)
AFRICAN_STEMS = _words(
    "Ade Oba Okon Nwa Oke Olu Eze Chi Uzo Aki Ogu Ibe Mba Nkru Owu Asa Bo Ka Ki Mwa Nja Wai Di Tra Kei"
)
AFRICAN_ENDS = _words("yemi jo kwo chukwu ke wole nna ma mah ta su re ri ngi ki gi llo bi ye dele for bayo")
VIETNAMESE = _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
VIETNAMESE_GIVEN = _words(
    "Anh Bảo Châu Dũng Giang Hà Hải Hạnh Hiếu Hoa Hùng Hương Khánh Lan Linh Long Mai Minh Nam Ngọc Phúc Quân Thảo Trang Tuấn"
)

TRADES = _words(
    "Trading Shipping Technology Electronics Logistics Engineering Systems Petroleum Aviation Chemicals Semiconductor "
    "Software Robotics Instruments Materials Optics Metals Energy Pharma Telecom Consulting Research Analytics Marine "
    "Industrial Machinery Data Cloud Imaging Photonics Foods Textiles Capital Media Networks Security Biotech Motors"
)
PREFIXES = _words(
    "North South East West Global Inter Trans Euro Asia Pan Neo Omni Star Sun Blue Red Golden Silver Royal Prime First "
    "United Grand Alpha Delta Sigma Nova Terra Aero Hydro Micro Nano Poly Uni Tri Vector Quantum Apex Zenith Orient"
)
SUFFIXES = _words(
    "tech line link gate port star max plus wave net corp field point mark way land core path bridge stone ris tek dyne lux vista"
)
SYLLABLES = _words(
    "ba be bi bo bu da de di do du fa fe fi fo ga ge gi go ka ke ki ko la le li lo lu ma me mi mo na ne ni no nu pa pe pi "
    "po ra re ri ro ru sa se si so ta te ti to va ve vi vo xa xi xo za ze zi zo bra cla dro fle gri kra plu sta tri vol zen"
)
LATIN_SYLLABLES = [(word, word) for word in SYLLABLES]
CYRILLIC_SYLLABLES = [
    (latin_of(word), word)
    for word in _words(
        "ба бе ви во га гу да ди жа зо ка ке ки ла ли лу ма ме ми на не но пе пу ра ре ри са се си та ти ту ха хо цу ча чи ша щу юр ян"
    )
]
ARABIC_SYLLABLES = _pairs(
    "ba=با di=دي fu=فو gha=غا ha=حا ja=جا ka=كا li=لي mu=مو na=نا qa=قا ra=را sa=سا shi=شي ta=تا thu=ثو wa=وا ya=يا za=زا dha=ضا khi=خي bu=بو"
)
LEGAL = {
    "en": _words("Ltd Limited Inc LLC PLC Corp Company"), "de": _words("GmbH AG KG"), "es": ["S.A.", "S.L.", "S.A. de C.V."],
    "fr": _words("SARL SAS SA"), "ru": _words("ООО АО ПАО"), "zh": ["Co., Ltd.", "Technology Co., Ltd.", "Group Co., Ltd."],
    "ar": _words("LLC FZE FZCO"), "tr": ["A.Ş.", "Ltd. Şti."], "ko": ["Co., Ltd."], "ja": ["K.K.", "Co., Ltd."],
}  # fmt: skip
CITIES = _pairs(
    "London=GB Leeds=GB Berlin=DE Hamburg=DE Madrid=ES Bogotá=CO México=MX Paris=FR Lyon=FR İstanbul=TR Moscow=RU Kazan=RU Kyiv=UA "
    "Beijing=CN Shanghai=CN Shenzhen=CN Hong_Kong=HK Seoul=KR Tokyo=JP Dubai=AE Beirut=LB Baghdad=IQ Cairo=EG Tehran=IR Mumbai=IN "
    "Delhi=IN Lagos=NG Accra=GH Nairobi=KE Hanoi=VN Singapore=SG Toronto=CA Chicago=US Austin=US"
)
CITY_OF = {country: city for city, country in reversed(CITIES)}


class Namer:
    """Names by culture, each as often as `mix` says. The same seed gives the same names."""

    def __init__(self, seed: int, mix: Sequence[tuple[str, float]]) -> None:
        self.random = Random(seed)
        self._cultures = [culture for culture, _ in mix]
        self._weights = [weight for _, weight in mix]
        self._people: dict[str, Callable[[], Named]] = {
            "en": lambda: self._latin(ENGLISH_GIVEN, ENGLISH_STEMS, ENGLISH_ENDS, ("US", "GB", "CA", "AU")),
            "de": lambda: self._latin(GERMAN_GIVEN, GERMAN_STEMS, GERMAN_ENDS, ("DE", "AT", "CH")),
            "fr": lambda: self._latin(FRENCH_GIVEN, FRENCH_STEMS, FRENCH_ENDS, ("FR", "BE", "SN")),
            "tr": lambda: self._latin(TURKISH_GIVEN, TURKISH_STEMS, TURKISH_ENDS, ("TR",)),
            "ng": lambda: self._latin(AFRICAN_GIVEN, AFRICAN_STEMS, AFRICAN_ENDS, ("NG", "GH", "KE")),
            "es": self._spanish, "vi": self._vietnamese, "ru": self._russian,
            "zh": lambda: self._syllables(CHINESE_SURNAMES, CHINESE_GIVEN, ("CN", "HK", "SG")),
            "ko": lambda: self._syllables(KOREAN_SURNAMES, KOREAN_GIVEN, ("KR",)),
            "ja": lambda: self._pair(JAPANESE_SURNAMES, JAPANESE_GIVEN, ("JP",), surname_first="original"),
            "ar": self._arabic,
            "fa": lambda: self._pair(PERSIAN_SURNAMES, PERSIAN_GIVEN, ("IR", "AE"), middle=0.3, ends=PERSIAN_ENDS),
            "hi": lambda: self._pair(INDIAN_SURNAMES, INDIAN_GIVEN, ("IN", "GB"), middle=0.5, ends=INDIAN_ENDS),
        }  # fmt: skip

    def person(self) -> Named:
        return self._people[self.random.choices(self._cultures, self._weights)[0]]()

    def rare_person(self) -> Named:
        """A name that hardly anybody else bears: a given name and a family name of syllables, in two scripts or one."""
        script = self.random.choice(("latin", "latin", "cyrillic", "arabic"))
        syllables = {"latin": LATIN_SYLLABLES, "cyrillic": CYRILLIC_SYLLABLES, "arabic": ARABIC_SYLLABLES}[script]
        words = []
        for length in (self.random.choice((2, 3)), self.random.choice((3, 4)), self.random.choice((0, 0, 3))):
            parts = [self.random.choice(syllables) for _ in range(length)]
            if parts:
                words.append(("".join(latin for latin, _ in parts).capitalize(), "".join(own for _, own in parts)))
        latin, original = (" ".join(word[at] for word in words) for at in (0, 1))
        countries = {
            "latin": ("CO", "MX", "NG", "CD", "PH"),
            "cyrillic": ("RU", "BY"),
            "arabic": ("IQ", "SY", "IR", "YE"),
        }[script]
        return Named(latin, "" if script == "latin" else original.title(), self.random.choice(countries))

    def rare_company(self) -> Named:
        word = "".join(self.random.choice(SYLLABLES) for _ in range(self.random.choice((3, 4)))).capitalize()
        other = "".join(self.random.choice(SYLLABLES) for _ in range(self.random.choice((0, 2, 3)))).capitalize()
        form = self.random.choice(("LLC", "Ltd", "Co.", "JSC", "FZE", "S.A."))
        country = self.random.choice(("RU", "IR", "CN", "AE", "SY", "HK"))
        return Named(f"{f'{word} {other}'.strip()} {self._frequent(TRADES)} {form}", "", country)

    def company(self) -> Named:
        """Half are called after a coined word, a third after a person, the rest after a place."""
        draw = self.random.random()
        founder = self.person()
        country = founder.country
        family = {"CN": "zh", "HK": "zh", "RU": "ru", "DE": "de", "AT": "de", "ES": "es", "MX": "es", "FR": "fr"}
        family |= {"AE": "ar", "IR": "ar", "TR": "tr", "KR": "ko", "JP": "ja"}
        form = self.random.choice(LEGAL[family.get(country, "en")])
        trade = self._frequent(TRADES)
        if draw < 0.5:
            word = self._coined()
            if self.random.random() < 0.4:
                word += f" {self.random.choice(PREFIXES)}{self.random.choice(SUFFIXES)}"
            name = f"{word} {trade} {form}"
        elif draw < 0.8:
            partner = f" & {self.person().latin.split()[-1]}" if self.random.random() < 0.3 else ""
            name = f"{founder.latin.split()[-1]}{partner} {trade} {form}"
        else:
            name = f"{CITY_OF.get(country, 'Geneva')} {self._coined()} {trade} {form}"
        if form in LEGAL["ru"]:
            return Named(f"{name.removesuffix(form).strip()} OOO", f"{form} «{self._cyrillic_word()}»", country)
        return Named(name, "", country)

    def _coined(self) -> str:
        """A brand: a stock word with a stock ending, or syllables nobody used before."""
        if self.random.random() < 0.3:
            return self.random.choice(PREFIXES) + self.random.choice(SUFFIXES)
        return "".join(self.random.choice(SYLLABLES) for _ in range(self.random.choice((2, 3, 3)))).capitalize()

    def birth_date(self) -> date:
        return date(1938, 1, 1) + timedelta(days=self.random.randrange(68 * 365))

    def misspelt(self, name: str) -> str:
        """One slip of the hand: a letter lost, doubled or changed with its neighbour."""
        at = self.random.randrange(1, max(len(name) - 1, 2))
        kind = self.random.randrange(3)
        if kind == 0:
            return name[:at] + name[at + 1 :]
        if kind == 1:
            return name[:at] + name[at] + name[at:]
        return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]

    # ------------------------------------------------------------------------------------------- by culture
    def _frequent(self, words: Sequence[str]) -> str:
        """The first ones more often: the square of an even draw."""
        return words[int(self.random.random() ** 2 * len(words))]

    def _latin(
        self, given: Sequence[str], stems: Sequence[str], ends: Sequence[str], countries: Sequence[str]
    ) -> Named:
        surname = self._frequent(stems) + self.random.choice(ends)
        if self.random.random() < 0.25:  # rarer ones, made of two stems
            surname = self.random.choice(stems) + self.random.choice(stems).lower() + self.random.choice(ends)
        middle = f" {self._frequent(given)}" if self.random.random() < 0.2 else ""
        return Named(f"{self._frequent(given)}{middle} {surname}", "", self.random.choice(countries))

    def _spanish(self) -> Named:
        surnames = [self._frequent(SPANISH_STEMS) + self.random.choice(SPANISH_ENDS) for _ in range(2)]
        given = self._frequent(SPANISH_GIVEN)
        if self.random.random() < 0.4:
            given += f" {self._frequent(SPANISH_GIVEN)}"
        return Named(f"{given} {' '.join(surnames)}", "", self.random.choice(("ES", "MX", "CO", "AR", "PE")))

    def _vietnamese(self) -> Named:
        given = self.random.sample(VIETNAMESE_GIVEN, 2)
        return Named(f"{self._frequent(VIETNAMESE)} {' '.join(given)}", "", "VN")

    def _cyrillic_word(self) -> str:
        return self._frequent(RUSSIAN_STEMS) + self.random.choice(RUSSIAN_ENDS)

    def _russian(self) -> Named:
        woman = self.random.random() < 0.4
        surname = self._cyrillic_word()
        father = self._frequent(RUSSIAN_FATHERS)
        if woman:
            surname = (
                surname[:-2] + "ая" if surname.endswith("ий") else surname + ("" if surname[-1] in "окук" else "а")
            )
            given, patronymic = self._frequent(RUSSIAN_GIVEN_F), f"{father}{'вна' if father[-1] in 'еаь' else 'овна'}"
        else:
            given, patronymic = self._frequent(RUSSIAN_GIVEN_M), f"{father}{'вич' if father[-1] in 'еаь' else 'ович'}"
        middle = f" {patronymic}" if self.random.random() < 0.6 else ""
        own = f"{given}{middle} {surname}"
        return Named(latin_of(own), own, self.random.choice(("RU", "RU", "UA", "BY", "KZ")))

    def _syllables(
        self, surnames: Sequence[tuple[str, str]], given: Sequence[tuple[str, str]], countries: Sequence[str]
    ) -> Named:
        surname = surnames[int(self.random.random() ** 2 * len(surnames))]
        parts = self.random.sample(given, 2 if self.random.random() < 0.8 else 1)
        latin = "".join(latin for latin, _ in parts).capitalize()
        if len(parts) == 2 and self.random.random() < 0.3:
            latin = f"{parts[0][0].capitalize()} {parts[1][0].capitalize()}"
        return Named(
            f"{latin} {surname[0]}", surname[1] + "".join(own for _, own in parts), self.random.choice(countries)
        )

    def _arabic(self) -> Named:
        """Given name, often the father's and the grandfather's, and the family's."""
        chain = [
            ARABIC_GIVEN[int(self.random.random() ** 1.5 * len(ARABIC_GIVEN))]
            for _ in range(self.random.choice((1, 2, 2, 3)))
        ]
        if self.random.random() < 0.35:
            family = self.random.choice(ARABIC_SURNAMES)
        else:
            stem, end = self.random.choice(ARABIC_STEMS), self.random.choice(ARABIC_ENDS)
            family = (f"al-{stem[0].capitalize()}{end[0]}", f"ال{stem[1]}{end[1]}")
        latin = " ".join([*(latin for latin, _ in chain), family[0]])
        own = " ".join([*(own for _, own in chain), family[1]])
        return Named(latin, own, self.random.choice(("AE", "EG", "IQ", "LB", "SA", "SY")))

    def _pair(
        self,
        surnames: Sequence[tuple[str, str]],
        given: Sequence[tuple[str, str]],
        countries: Sequence[str],
        *,
        middle: float = 0.0,
        surname_first: str = "",
        ends: Sequence[tuple[str, str]] = (),
    ) -> Named:
        names = [given[int(self.random.random() ** 2 * len(given))]]
        if self.random.random() < middle:
            names.append(self.random.choice(given))
        surname = surnames[int(self.random.random() ** 2 * len(surnames))]
        if ends and self.random.random() < 0.6:
            stem, end = self.random.choice(given), self.random.choice(ends)
            surname = (stem[0] + end[0], stem[1] + end[1])
        latin = " ".join([*(latin for latin, _ in names), surname[0]])
        own = [own for _, own in names]
        original = "".join([surname[1], *own]) if surname_first else " ".join([*own, surname[1]])
        return Named(latin, original, self.random.choice(countries))


# Whom a seller of models serves, and who is listed: shares by culture.
CUSTOMERS = (
    ("en", 0.30), ("es", 0.13), ("de", 0.08), ("fr", 0.06), ("zh", 0.10), ("hi", 0.10), ("ar", 0.05), ("ru", 0.05),
    ("ja", 0.04), ("ko", 0.03), ("tr", 0.02), ("ng", 0.02), ("vi", 0.01), ("fa", 0.01),
)  # fmt: skip
LISTED = (
    ("ru", 0.28), ("ar", 0.22), ("fa", 0.10), ("zh", 0.10), ("es", 0.12), ("ko", 0.05), ("en", 0.05), ("ng", 0.03),
    ("tr", 0.03), ("de", 0.02),
)  # fmt: skip
