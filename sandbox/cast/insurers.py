"""The bodies that insure the cast, and the clinic where it is received: prefecture 99, check digits valid.

Facts: `data-formats` reference 1.1 and 1.2 (法別番号, Luhn over all digits; six digits without 法別番号 are 国保).
"""

from dataclasses import dataclass

from sandbox.cast.persona import Home, Insurer

KYOKAI = Insurer(number="01990019", name="全国健康保険協会見本支部")
"""協会けんぽ."""
KUMIAI = Insurer(number="06990121", name="青空健康保険組合")
KUMIAI_SECOND = Insurer(number="06990345", name="白波健康保険組合")
KYOSAI = Insurer(number="32990012", name="見本県市町村職員共済組合")
CITY = Insurer(number="991018", name="見本県青葉市")
"""国保, six digits."""
CITY_SECOND = Insurer(number="992024", name="見本県若草市")
ELDERS = Insurer(number="39990015", name="見本県後期高齢者医療広域連合")
WELFARE_OFFICE = Insurer(number="12991014", name="青葉市福祉事務所")

INSURERS = (KYOKAI, KUMIAI, KUMIAI_SECOND, KYOSAI, CITY, CITY_SECOND, ELDERS, WELFARE_OFFICE)


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """保険医療機関: ``code`` is prefecture 2 + fee table 1 + 7 digits with the check digit."""

    code: str
    name: str
    name_en: str


CLINIC = Clinic(code="9910100016", name="青空見本クリニック", name_en="Aozora Sample Clinic")
OTHER_CLINIC = Clinic(code="9910100024", name="若草見本医院", name_en="Wakakusa Sample Clinic")

CITY_HOME = Home(municipality="99201", post_number="999-0011", address="見本県青葉市中央一丁目２番３号")


def home(block: int) -> Home:
    """An address that does not exist, in the city that does not exist."""
    digits = str(block).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return Home(municipality="99201", post_number=f"999-{block:04d}", address=f"見本県青葉市中央{digits}丁目２番３号")
