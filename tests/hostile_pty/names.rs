//! Names as people have them, in the scripts of the world: none is changed, and none is cut within a letter.

use strongroom::domain::text::{SafeText, fit, pad, width, wrap};
use unicode_segmentation::UnicodeSegmentation as _;

/// Script by script, so that each can be found.
const NAMES: [&str; 27] = [
    "María José Ñúñez|Nguyễn Thị Ánh|Łukasz Żółć|Þórdís Ægisdóttir|O’Brien-Smith",
    "Γιώργος Παππάς|Ελένη Δημητρίου|Νίκος|Άννα Ζωή|Κωνσταντίνος",
    "Дмитро Коваленко|Анна Ёлкина|Ђорђе Љубић|Ўктам|Їжак",
    "Արամ Խաչատրյան|Անահիտ|Գևորգ|Շուշան|Տիգրան",
    "ნინო ბერიძე|გიორგი|თამარ|დავით|ქეთევან",
    "דָּוִד כהן|שרה לוי|יוסף|מרים|אברהם",
    "محمد علی|فاطمة الزهراء|مُحَمَّد|می‌خواهم|عبد الله",
    "ܝܘܚܢܢ|ܡܪܝܡ|ܐܦܪܝܡ|ܫܡܥܘܢ|ܬܐܘܡܐ",
    "क्षत्रिय ज्ञान|श्रीमती|राजेश्वरी|अनन्या|विक्रम",
    "শ্রেয়া ঘোষ|অনিন্দ্য|রবীন্দ্রনাথ|সুকান্ত|মৌসুমী",
    "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ|ਹਰਜੀਤ|ਸਿਮਰਨ|ਜਸਪ੍ਰੀਤ|ਮਨਦੀਪ",
    "ગુજરાતી પટેલ|નરેન્દ્ર|કૃષ્ણા|ભાવેશ|જ્યોતિ",
    "ଓଡ଼ିଆ ପଣ୍ଡା|ସୁଭାଷ|ଲକ୍ଷ୍ମୀ|ପ୍ରଭାତ|ବିଜୟ",
    "தமிழ்ச்செல்வன்|முருகன்|லட்சுமி|கார்த்திக்|அருண்",
    "తెలుగు శ్రీను|వెంకటేశ్వర|లక్ష్మి|కృష్ణ|సుబ్రహ్మణ్యం",
    "ಕನ್ನಡ ಕೃಷ್ಣ|ಲಕ್ಷ್ಮಿ|ಮಂಜುನಾಥ|ಸರಸ್ವತಿ|ವೆಂಕಟೇಶ್",
    "മലയാളം ശ്രീജ|ലക്ഷ്മി|കൃഷ്ണൻ|അനിൽ|ഉണ്ണി",
    "සිංහල ශ්‍රී|නිමල්|චමරි|කුමාර|ලක්ෂිකා",
    "สมชาย ใจดี|น้ำทิพย์|กฤษณ์|พิมพ์ชนก|ณัฐ",
    "ລາວ ສົມພອນ|ແກ້ວ|ບຸນມີ|ສີດາ|ຄຳ",
    "မြန်မာ အောင်|ခင်မျိုး|စုစု|သန်း|ကျော်",
    "ខ្មែរ សុខា|ស្រីមុំ|វណ្ណា|ចាន់|ដារា",
    "አማርኛ አበበ|ትዕግስት|ዳዊት|ሰላም|መስከረም",
    "王小明|陳美玲|李|欧阳修|司馬相如",
    "さくら ひなた|ゆうこ|ケンジ|田中 太郎|ﾀﾅｶ",
    "김철수|박지영|이순신|최|한강",
    "ᎠᏂᏴᏫᏯ|ᏣᎳᎩ|ᓄᓇᕗᑦ ᐃᓄᒃ|👩‍👧 Ines|👨🏽‍💻 Ada",
];

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().flat_map(|script| script.split('|'))
}

#[test]
fn every_name_is_shown_as_it_is_written() {
    assert!(names().count() >= 120);
    let changed: Vec<_> = names().filter(|name| SafeText::new(name).as_str() != *name).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn no_name_is_cut_within_a_letter_at_any_width() {
    for name in names() {
        let letters: Vec<&str> = name.graphemes(true).collect();
        for cells in 0..=width(name) + 1 {
            let cut = fit(name, cells);
            assert!(width(&cut) <= cells);
            let kept = cut.strip_suffix('…').unwrap_or(&cut);
            let whole = letters.iter().scan(String::new(), |text, letter| {
                text.push_str(letter);
                Some(text.clone())
            });
            assert!(kept.is_empty() || whole.into_iter().any(|text| text == kept), "{name}: {cut}");
            assert_eq!(width(&pad(name, cells)), cells, "{name}");
            assert!(wrap(name, cells.max(1)).iter().all(|line| width(line) <= cells.max(1)), "{name}");
        }
    }
}
