"""Given names that are one name in several languages, and Arabic names with their usual Latin reading. Data, and one look-up.

Written by hand from common knowledge of the names; the counts in data/word_counts.tsv say how common each is.
"""

from __future__ import annotations

# One line is one name: spellings that differ by more than a slip or a vowel. Read as alike in names of people.
_VARIANTS = """
alexander aleksandr alexandr aliaksandr oleksandr olexandr alexandre alejandro alessandro aleksander iskander sasha alex
alexandra aleksandra aliaksandra oleksandra alejandra
alexei alexey aleksei aleksey oleksiy oleksii aliaksei oleksij alexis
anatoly anatoliy anatolii anatolij anatol
andrei andrey andrew andriy andrii andrej andreas andre andres andrea andrzej
anna hanna ganna anne hana
anton antony antonio anthony antoine antanas
arkady arkadiy arkadii arkadz
boris barys borys
catherine ekaterina yekaterina kateryna katsiaryna katarina katerina catalina
christian kristian cristian
constantine konstantin kostiantyn kanstantsin constantin kostyantyn
daniel daniil danila danylo daniyal danyil
denis dzianis denys dionisy
dmitry dmitri dmitriy dmitrii dmytro dzmitry dimitri dimitry demetrius
elena yelena olena alena helena helen jelena ielena
elizabeth elizaveta yelizaveta yelyzaveta lizaveta
eugene evgeny evgeni evgeniy evgenii yevgeny yevgeni yevgeniy yevhen yauheni yevhenii eugen ievgen
evgenia yevgenia yevheniia evgeniya yevgeniya yauheniya eugenia
francis francisco francesco francois franz frantisek
gennady gennadi gennadiy gennadii henadz hennadiy hennadii genadi
george georgy georgi georgiy heorhiy heorhii giorgi jorge yuri yury yuriy yurii iurii iury yury jurij jurgen jerzy georges juri yuryi
gregory grigory grigori grigoriy grigorii hryhoriy hryhorii ryhor gregor
helen olena
igor ihor
ilya illia illya ilia
irina iryna irena irene
ivan john johan johann juan giovanni jean joao jan ioan yan jovan ian
jacob yakov yakiv jakub iakov jakob
james jaime diego santiago jim jimmy
joseph iosif josip jose giuseppe josef yosef osip yusuf yousef youssef yusif yusef yousuf yussuf youssouf
julia yulia iuliia yuliya yuliia iulia
leonid leanid
luis louis luigi ludwig lewis
lyudmila ludmila liudmyla liudmila
maxim maksim maksym maxime
margaret margarita marharyta
maria mariya mary marie mariia maryam mariam miriam
marina maryna
mark marko marc marco marcus marcos
martin marcin
matthew matvey matvei matviy mateo matthias mathieu
michael mikhail mykhailo mikhail mihail miguel michel mikhael mikhaylo mihailo michele mykhaylo mikail mischa
muhammad mohammad mohammed mohamed mohamad mahamad muhammed mohamud mehmet muhamad mohd mohammod mamadou muhamed magomed mahomed makhmad mochammad
ahmad ahmed ahmet akhmed ahmadou akhmad amadou
natalia natalya nataliya nataliia natallia natasha nathalie
nicholas nikolai nikolay mykola mikalai nikolaj nicolas nikola nicolae mykolay nikolaos mikalay
oleg oleh aleh
olga volha olha
paul pavel pavlo pablo paolo pavol pawel pavlos bulus
peter petr pyotr petro piotr pedro pierre pietro petar piatro butrus
philip filipp philippe felipe filip pylyp phillip
robert roberto rupert
roman raman
rostislav rostyslav rastislau
semen semyon simeon simon siamion shimon
sergei sergey serhiy serhii siarhei sergio serge sergii siarhey sergiy
sophia sofia sofya sofiya
stanislav stanislau stanislaw
stephen stepan stefan steven stephan esteban etienne stsiapan stepanos stefano istvan
svetlana svitlana sviatlana
taras tarass
tatiana tatyana tetiana tatsiana tetyana
theodore fyodor fedor fedir teodor feodor theodor fiodar
timothy timofey timofei tymofiy
vadim vadym vadzim
valentin valiantsin valentyn
valery valeri valeriy valerii valeryi
vasily vasiliy vasilii vasyl vasil basil vassily vasili
victor viktor viktar
victoria viktoria viktoriya viktoriia
vitaly vitali vitaliy vitalii vital
vladimir volodymyr uladzimir wladimir vladymyr uladzimer
vladislav vladyslav uladzislau wladyslaw uladzislav
vyacheslav viacheslav vyacheslau viachaslau viacheslau
william guillermo guillaume wilhelm willem vilhelm bill
yaroslav jaroslav iaroslav yaraslau
zinaida zinaida
abbas abas
abdulah abdollah abdoullah obaidullah ubaidullah
ali aly
aziz azeez
daud dawood davud dawud daoud david davood dawoud
fatima fatemeh fatma fatemah fatimah
gholam ghulam golam qulam ghollam
hamid hameed hamed abdhamid
hasan hassan hasen hossan
hussein husayn hossein husain hussain hocine houssein huseyin hosein hussien gusein huseyn
ibrahim ebrahim ibragim abraham avraham brahim
idris edris idriss
isa eisa issa essa iesa
ismail esmail ismael esmaeil smail
jafar jaafar djafar cafer
jamal gamal djamel jamaal cemal djamal
khalid khaled khalil halid
mahdi mehdi mahdy
mahmud mahmoud mahmood mehmood makhmud mehmud
mustafa mostafa mustapha moustafa moustapha
musa mousa moussa moosa mussa
nasir nasser naser nassir nasr nacer
omar umar oumar umer omer
osama usama oussama usamah
othman osman uthman ousmane usman ottoman
qasim qassem ghasem kasem qasem kasim kassem gasem
rahman rehman rakhman
rashid rasheed rachid
reza ridha rida redha riza
sadiq sadegh sadeq sadek sadiqi
said saeed saed sayed saeid seyed
salah saleh salih salah
suleiman sulaiman soleiman suleyman sulayman soleyman soliman suleman
tahir taher tahar
tariq tarek tareq tarik tarak
yahya yehia yahia yehya
yasin yassin yaseen yasseen
yunus younis yunis younes yunes
zubair zubayr zoubair
diya zia ziya diaa dia ziaa zeya
hakim hakeem
mujahid mojahed mojahid moujahed
ayyub ayub ayoub ayyoob
ghani ghany qani
taqi taghi taqhi
benjamin ben benny binyamin
muammar moammar muamar moamer muamer mouammar
qaddafi gaddafi gadhafi qadhafi kadhafi kaddafi gathafi qadafi gadafi
theodore ted
robert bob
richard dick
thomas tom
samuel sam
david dave
christopher chris
edward ed eddie
frederick fred
ronald ron
kenneth ken
gerald jerry
lawrence larry
margaret peggy
"""

# Korean syllables are written by two systems (McCune-Reischauer and the Revised one) and by habit.
KOREAN = {
    "pak": "bak", "park": "bak", "kim": "gim", "ri": "ri", "yi": "ri", "lee": "ri", "rhee": "ri", "li": "ri", "choe": "choi",
    "choi": "choi", "chong": "jong", "jong": "jong", "jung": "jong", "jeong": "jong", "chung": "jong", "chang": "jang", "jang": "jang",
    "cho": "jo", "jo": "jo", "chin": "jin", "jin": "jin", "kang": "gang", "gang": "gang", "paek": "baek", "baek": "baek",
    "pae": "bae", "bae": "bae", "kwang": "gwang", "gwang": "gwang", "kyong": "gyong", "gyong": "gyong", "kyung": "gyong",
    "kyo": "gyo", "gyo": "gyo", "tong": "dong", "dong": "dong", "tae": "dae", "dae": "dae", "tok": "dok", "dok": "dok",
    "chol": "chol", "cheol": "chol", "chul": "chol", "yong": "yong", "young": "yong", "yeong": "yong", "hyok": "hyok",
    "hyuk": "hyok", "hyeok": "hyok", "song": "song", "seong": "song", "sung": "song", "sok": "sok", "seok": "sok", "suk": "sok",
    "chun": "chun", "choon": "chun", "jun": "jun", "joon": "jun", "un": "un", "eun": "un", "ung": "ung", "eung": "ung",
    "o": "o", "oh": "o", "u": "u", "woo": "u", "kwon": "gwon", "gwon": "gwon", "no": "ro", "ro": "ro", "roh": "ro", "rim": "im",
    "im": "im", "lim": "im", "ryu": "yu", "yu": "yu", "yoo": "yu", "ryang": "yang", "yang": "yang", "kil": "gil", "gil": "gil",
    "kuk": "guk", "guk": "guk", "kun": "gun", "gun": "gun", "geun": "gun", "hun": "hun", "hoon": "hun", "su": "su", "soo": "su",
    "myong": "myong", "myung": "myong", "myeong": "myong", "pyong": "byong", "byong": "byong", "pom": "bom", "bom": "bom",
    "pok": "bok", "bok": "bok", "hyon": "hyon", "hyun": "hyon", "hyeon": "hyon", "kyu": "gyu", "gyu": "gyu", "chu": "ju", "ju": "ju",
    "joo": "ju", "chon": "chon", "cheon": "chon", "ryong": "ryong", "sin": "shin", "shin": "shin", "hwang": "hwang", "so": "so",
    "seo": "so", "suh": "so", "ko": "go", "go": "go", "koh": "go",
}  # fmt: skip

# Arabic, Persian and Pashto names whose letters alone say too little, with the spelling they are compared by.
ARABIC_NAMES = {
    "محمد": "muhammad", "احمد": "ahmad", "علي": "ali", "حسن": "hasan", "حسين": "husayn", "حسني": "husni", "محمود": "mahmud",
    "عمر": "umar", "عثمان": "uthman", "خالد": "khalid", "خليل": "khalil", "ابراهيم": "ibrahim", "اسماعيل": "ismail",
    "يوسف": "yusuf", "موسي": "musa", "عيسي": "isa", "داود": "dawud", "سليمان": "sulayman", "يعقوب": "yaqub", "اسحق": "ishaq",
    "صالح": "salih", "سالم": "salim", "سليم": "salim", "سعيد": "said", "سعد": "sad", "سيد": "sayyid", "طارق": "tariq",
    "عزيز": "aziz", "عزت": "izzat", "طه": "taha", "ياسين": "yasin", "يونس": "yunus", "ناصر": "nasir", "نصر": "nasr",
    "كريم": "karim", "رحيم": "rahim", "رحمن": "rahman", "حميد": "hamid", "حامد": "hamid", "مجيد": "majid", "ماجد": "majid",
    "رشيد": "rashid", "جمال": "jamal", "جميل": "jamil", "كمال": "kamal", "كامل": "kamil", "مصطفي": "mustafa", "هادي": "hadi",
    "مهدي": "mahdi", "رضا": "reza", "جواد": "jawad", "صادق": "sadiq", "جعفر": "jafar", "كاظم": "kazim", "باقر": "baqir",
    "عباس": "abbas", "قاسم": "qasim", "هاشم": "hashim", "حمزه": "hamza", "زيد": "zayd", "بكر": "bakr", "ابو": "abu", "ام": "umm",
    "امير": "amir", "عمار": "ammar", "عامر": "amir", "انور": "anwar", "نور": "nur", "نوري": "nuri", "فؤاد": "fuad", "فواد": "fuad",
    "فهد": "fahd", "فيصل": "faysal", "سلطان": "sultan", "سلمان": "salman", "سامي": "sami", "سمير": "samir", "امين": "amin",
    "منير": "munir", "مراد": "murad", "مروان": "marwan", "معاذ": "muadh", "وليد": "walid", "وائل": "wail", "زياد": "ziyad",
    "زهير": "zuhayr", "زبير": "zubayr", "عدنان": "adnan", "غازي": "ghazi", "غسان": "ghassan", "لطيف": "latif", "لطفي": "lutfi",
    "بشير": "bashir", "بشار": "bashar", "باسم": "basim", "بسام": "bassam", "بلال": "bilal", "تيسير": "taysir", "توفيق": "tawfiq",
    "حبيب": "habib", "حسام": "husam", "حافظ": "hafiz", "حقاني": "haqqani", "حجي": "haji", "حاجي": "haji", "خان": "khan", "شاه": "shah",
    "جان": "jan", "گل": "gul", "ولي": "wali", "اغا": "agha", "اقا": "agha", "اكرم": "akram", "اكبر": "akbar", "اصغر": "asghar",
    "افضل": "afzal", "اخوند": "akhund", "ملا": "mullah", "مولوي": "mawlawi", "قاري": "qari", "شيخ": "sheikh", "امان": "aman",
    "غلام": "ghulam", "غلامرضا": "gholamreza", "عليرضا": "alireza", "محمدرضا": "mohammadreza", "حميدرضا": "hamidreza",
    "اسد": "asad", "اسامه": "usama", "ايمن": "ayman", "ايوب": "ayyub", "ادريس": "idris", "ادم": "adam", "عادل": "adil", "عاصم": "asim",
    "عصام": "isam", "عماد": "imad", "فارس": "faris", "فوزي": "fawzi", "فواز": "fawwaz", "قادر": "qadir", "ماهر": "mahir", "مازن": "mazin",
    "منصور": "mansur", "مسعود": "masud", "نعيم": "naim", "نبيل": "nabil", "نجيب": "najib", "هيثم": "haytham", "هاني": "hani",
    "وسام": "wisam", "ياسر": "yasir", "يحيي": "yahya", "زين": "zayn", "زكي": "zaki", "ربيع": "rabi", "رامي": "rami", "رياض": "riyad",
    "شريف": "sharif", "شعبان": "shaban", "صدام": "saddam", "صلاح": "salah", "صبري": "sabri", "طاهر": "tahir", "ظاهر": "zahir",
    "فاطمه": "fatima", "مريم": "maryam", "عايشه": "aisha", "عائشه": "aisha", "زينب": "zaynab", "ليلي": "layla", "اسماء": "asma", "اسما": "asma",
    "تكريتي": "tikriti", "بغدادي": "baghdadi", "دوري": "duri", "عاني": "ani", "لله": "allah", "رسول": "rasul", "نبي": "nabi",
    "سيف": "sayf", "شمس": "shams", "بدر": "badr", "جلال": "jalal", "تاج": "taj", "فخر": "fakhr", "محي": "muhyi",
    "نجم": "najm", "علاء": "ala", "علا": "ala", "بهاء": "baha", "بها": "baha", "عز": "izz", "معين": "muin", "نظام": "nizam",
    "جمعه": "juma", "جمعة": "juma", "جابر": "jabir", "جبر": "jabr", "حارث": "harith", "رافع": "rafi", "عطيه": "atiya", "خليفه": "khalifa",
    "حذيفه": "hudhayfa", "عبيده": "ubayda", "اسيد": "usayd", "صهيب": "suhayb", "مصعب": "musab", "معاويه": "muawiya", "عقيل": "aqil",
    "حكيم": "hakim", "حق": "haq", "ستار": "sattar", "جبار": "jabbar", "غفار": "ghaffar", "غني": "ghani", "قدوس": "quddus",
    "سلام": "salam", "واحد": "wahid", "وهاب": "wahhab", "هدي": "huda", "ذكي": "zaki", "ضياء": "diya", "ضيا": "diya", "عبيد": "ubayd",
}  # fmt: skip


def _groups() -> dict[str, str]:
    """Each spelling -> the first of its line."""
    found: dict[str, str] = {}
    for line in _VARIANTS.strip().splitlines():
        words = line.split()
        for word in words:
            found.setdefault(word, words[0])
    return found


VARIANTS = _groups()


def variants(word: str) -> tuple[str, ...]:
    """The groups of one name in several spellings that a word belongs to; () for most words."""
    group, syllable = VARIANTS.get(word), KOREAN.get(word)
    if group:
        return (group, f"-{syllable}") if syllable else (group,)
    return (f"-{syllable}",) if syllable else ()
