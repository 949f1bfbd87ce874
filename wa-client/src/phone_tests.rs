use proptest::prelude::*;

use super::*;

#[test]
fn numbers_are_read_in_any_usual_writing() {
    for (text, digits) in [
        ("5511988887777", "5511988887777"),
        ("+5511988887777", "5511988887777"),
        ("+55 11 98888-7777", "5511988887777"),
        ("+55 (11) 98888-7777", "5511988887777"),
        (" 55 11\t98888\u{a0}7777\n", "5511988887777"),
        ("5511900000001", "5511900000001"),
        ("5511900009999", "5511900009999"),
        ("5511960000000", "5511960000000"),
        ("5511977776666", "5511977776666"),
        // Brazil without the ninth digit, as older accounts are known.
        ("551188887777", "551188887777"),
        // Mexico with and without the mobile 1, Argentina with the mobile 9.
        ("5215512345678", "5215512345678"),
        ("525512345678", "525512345678"),
        ("5491123456789", "5491123456789"),
        // Côte d'Ivoire before and after 2021.
        ("22507123456", "22507123456"),
        ("2250701234567", "2250701234567"),
        // Italy keeps the zero of a fixed line.
        ("390612345678", "390612345678"),
        ("12025550123", "12025550123"),
        ("447400123456", "447400123456"),
        ("491701234567", "491701234567"),
        ("8613812345678", "8613812345678"),
        ("919876543210", "919876543210"),
        ("2348012345678", "2348012345678"),
        // The shortest: Saint Helena. The longest: an Austrian mobile with extension digits.
        ("29022158", "29022158"),
        ("6834002", "6834002"),
        ("436641234567890", "436641234567890"),
        // No country: a satellite network.
        ("881612345678", "881612345678"),
    ] {
        let phone: PhoneNumber = text.parse().unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(phone.digits(), digits);
    }
}

#[test]
fn malformed_numbers_are_refused() {
    let malformed = [
        // Nothing, or nothing but separators.
        "",
        " ",
        "+",
        "-",
        "()",
        "+ ( ) -",
        "\n",
        // Too short, too long.
        "1",
        "12",
        "1234",
        "+1 23",
        "5511988887777000",
        "1234567890123456",
        "99999999999999999999",
        // Letters, words, other signs.
        "abc",
        "phone",
        "55119888877a7",
        "1-800-FLOWERS",
        "5511988887777x12",
        "tel:+5511988887777",
        "5511 9888.87777",
        "5511/988887777",
        "5511,988887777",
        "5511_988887777",
        "#5511988887777",
        "*31#5511988887777",
        "5511988887777;",
        "'5511988887777'",
        "55 11 98888 7777 ext 5",
        "0x14F46B4DE9E",
        "5.511988887777e12",
        "-5511988887777.0",
        "null",
        "undefined",
        "5511988887777@c.us",
        // Digits of other scripts, invisible signs, lookalikes.
        "\u{665}\u{665}\u{661}\u{661}988887777",
        "\u{ff15}\u{ff15}11988887777",
        "55119888\u{200b}87777",
        "5511988887777\0",
        "\u{2b}55\u{2013}11988887777",
        "5511\u{1F600}988887777",
        // Prefixes for dialling instead of a country code.
        "005511988887777",
        "011988887777",
        "0",
        "00000",
        "000000000000",
        // Country codes that do not exist.
        "2101234567890",
        "9991234567",
        "99999999999",
        "28012345678",
        "3841234567",
        "80112345678",
        // A country code, but too few or too many digits behind it.
        "55119",
        "551198",
        "55119888877771",
        "1202555012",
        "120255501234",
        "12345",
        "49123",
        "4474001234567",
        "861381234567890",
        "52551234567",
        "22507123",
        "39061",
    ];
    assert!(malformed.len() >= 40);
    for text in malformed {
        match text.parse::<PhoneNumber>() {
            Ok(_) => panic!("{text:?} was taken for a number"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidPhone, "{text:?}"),
        }
    }
}

#[test]
fn neither_the_error_nor_debug_shows_the_number() {
    let error = "5511988887777000".parse::<PhoneNumber>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("98888"));
    let phone: PhoneNumber = "5511988887777".parse().unwrap();
    assert_eq!(format!("{phone:?}"), "55*********77");
}

#[test]
fn what_the_page_reports_is_not_doubted() {
    assert!(serde_json::from_str::<PhoneNumber>("\"99900000000000000\"").is_ok());
    assert!(serde_json::from_str::<PhoneNumber>("\"+5511988887777\"").is_err());
    assert!(serde_json::from_str::<PhoneNumber>("\"\"").is_err());
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        if let Ok(phone) = text.parse::<PhoneNumber>() {
            prop_assert!((5..=15).contains(&phone.digits().len()));
        }
    }

    #[test]
    fn separators_change_nothing(number in "[1-9][0-9]{4,14}", marks in prop::collection::vec((0_usize..15, "[-+() \t]"), 0..6)) {
        let mut written = number.clone();
        for (place, mark) in marks {
            written.insert_str(place.min(written.len()), &mark);
        }
        prop_assert_eq!(written.parse::<PhoneNumber>().ok(), number.parse::<PhoneNumber>().ok());
    }
}
