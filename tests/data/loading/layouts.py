"""Files of real shape, with made-up rows: how shops, ERP and CRM systems export, in three languages.

Each has what a newcomer drops: `files` by name, the currency asked for where no column names it, and the rows that
must come out, by table, with one row of each to be compared.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Layout:
    """Files by name, and the rows loaded from them by table; `row` has values of one row of the table named first."""

    files: dict[str, str]
    loaded: dict[str, int]
    row: tuple[str, dict[str, Any]]
    currency: str = ""
    settled: dict[str, str] = field(default_factory=dict)


SHOPIFY = """\
Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Billing Name,Billing Country,Vendor,Id
#1001,a@shop.example,paid,2026-01-05 10:12:13 +0100,EUR,30.00,5.00,35.00,2026-01-05 23:40:13 -0500,2,Hex bolt,10.00,\
HB-1,Anna Alt,DE,Acme,5512345
#1001,a@shop.example,,,,,,,,1,Lock nut,10.00,LN-1,,,Acme,
#1002,b@shop.example,paid,2026-01-06 23:12:13 +0100,EUR,10.00,5.00,15.00,2026-01-06 10:10:13 +0100,1,Hex bolt,10.00,\
HB-1,Bert Neu,AT,Acme,5512346
"""
WOOCOMMERCE = """\
Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Company (Billing),Country Code (Billing),SKU,\
Item #,Item Name,Quantity,Item Cost,Customer Name,Order Currency
9001,completed,2026-02-03 09:15,,Ada,,GB,TS-1,1,T-Shirt,3,12.50,Ada Stone,GBP
9001,completed,2026-02-03 09:15,,Ada,,GB,CP-2,2,Cap,1,8.00,Ada Stone,GBP
9002,completed,2026-02-14 17:45,,Bo,,GB,CP-2,1,Cap,2,8.00,Bo Reed,GBP
"""
MAGENTO = """\
"increment_id","created_at","customer_name","customer_group","sku","name","qty_ordered","price","row_total",\
"order_currency_code"
"000000101","2026-01-05 10:10:13","Anna Alt","General","HB-1","Hex bolt","2.0000","10.0000","20.0000","USD"
"000000102","2026-01-26 13:05:13","Bert Neu","General","LN-1","Lock nut","5.0000","1.2000","6.0000","USD"
"""
ODOO = """\
Order Reference,Order Date,Customer,Salesperson,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price
S00001,2026-02-03 10:00:00,Azure Interior,Mitchell Smith,Desk,2.0,100.5
,,,,Chair,1.0,50.0
S00002,2026-02-14 10:00:00,Deco Addict,Marc Long,Desk,1.0,100.5
"""
ERPNEXT = """\
ID,Customer,Customer Group,Territory,Posting Date,Currency,Item Code (Items),Item Name (Items),Item Group (Items),\
Quantity (Items),Rate (Items),Sales Person (Sales Team)
SINV-26-00001,West View Software,Commercial,Germany,2026-03-02,EUR,SKU010,Headphones,Products,4,75.5,Nora Berg
SINV-26-00001,West View Software,Commercial,Germany,2026-03-02,EUR,SKU004,Smartphone,Products,1,420,Nora Berg
SINV-26-00002,Grant Plastics,Commercial,Austria,2026-03-17,EUR,SKU010,Headphones,Products,2,75.5,Nora Berg
"""
ONE_C = """\
Дата;Номер;Контрагент;Код контрагента;Менеджер;Номенклатура;Артикул;Количество;Цена;Сумма;Валюта
13.01.2026;УТ-000001;ООО Ромашка;К-01;Иванов;Болт;Б-1;2;10,50;21,00;RUB
14.01.2026;УТ-000002;ООО Лютик;К-02;Петров;Гайка;Г-1;1 000;1,50;1 500,00;RUB
"""
BITRIX = """\
ID;Название сделки;Стадия сделки;Сумма;Валюта;Компания;Ответственный;Дата создания;Предполагаемая дата закрытия
501;Поставка насосов;Сделка успешна;150000,50;RUB;АО Вега;Смирнова Ольга;11.02.2026 10:15:00;20.03.2026
502;Сервис;Переговоры;80000,00;RUB;ООО Ромб;Смирнова Ольга;24.02.2026 12:00:00;15.04.2026
503;Запчасти;Сделка провалена;12000,00;RUB;АО Вега;Ким Павел;25.02.2026 09:30:00;30.03.2026
"""
HUBSPOT = """\
Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Create Date,Associated Company,Currency
101,Spring frame,Closed Won,2026-03-01 09:00,Anna Amsel,1000,2026-01-01 08:00,Acme,EUR
102,Trial order,Qualified to buy,2026-09-01 09:00,Anna Amsel,250.5,2026-01-11 08:00,Bolt & Co,EUR
103,Old machine,Closed Lost,2026-02-01 09:00,Bert Buche,500,2026-01-21 08:00,Acme,EUR
"""
SALESFORCE = """\
"Opportunity Owner","Account Name","Opportunity Name","Opportunity ID","Stage","Amount","Amount Currency","Close Date",\
"Created Date"
"Kim Rowe","Edge Communications","Edge SLA","006A1","Closed Won","60000","USD","1/31/2026","12/14/2025"
"Kim Rowe","Burlington Textiles","Looms","006A2","Negotiation/Review","235000","USD","4/30/2026","1/20/2026"
"Lee Park","Dickenson plc","Mobile generators","006A3","Closed Lost","15000","USD","2/15/2026","1/28/2026"
"""
GERMAN = {
    "Kunden.csv": """\
Kundennummer;Firma;Land;Branche
10001;Müller Maschinenbau GmbH;Deutschland;Maschinenbau
10002;Österreich Öle AG;Österreich;Chemie
""",
    "Artikel.csv": """\
Artikelnummer;Bezeichnung;Warengruppe;Listenpreis
A-1;Schraube M8;Schrauben;0,12
A-2;Mutter M8;Muttern;0,08
""",
    "Rechnungen.csv": """\
Belegnummer;Belegdatum;Kundennummer;Pos;Artikelnummer;Menge;Einzelpreis;Vertreter
RE-1;31.03.2026;10001;1;A-1;1.000;0,11;Jansen
RE-1;31.03.2026;10001;2;A-2;500;0,07;Jansen
RE-2;01.04.2026;10002;1;A-1;250;0,12;Jansen
""",
}
TRYTON = """\
number,sale_date,party.rec_name,lines.product.code,lines.product.rec_name,lines.quantity,lines.unit_price,currency.code
1,2026-05-04,Saber Ltd,PC-1,Computer,3,710.25,EUR
2,2026-05-18,Luna GmbH,PC-2,Screen,1,199.9,EUR
"""
SAP = """\
Verkaufsbeleg;Position;Verkaufsbelegart;Auftraggeber;Name Auftraggeber;Belegdatum;Material;Bezeichnung;Auftragsmenge;\
ME;Nettopreis;Nettowert;Währg
1500001;10;TA;100201;Öl AG;31.03.2026;HB-1;Sechskantschraube;1.200;ST;0,11;132,00;EUR
1500001;20;TA;100201;Öl AG;31.03.2026;LN-1;Mutter;300;ST;0,07;21,00;EUR
1500002;10;TA;100202;Bär KG;01.04.2026;HB-1;Sechskantschraube;250;ST;0,12;30,00;EUR
"""
DYNAMICS = """\
Document No.,Line No.,Sell-to Customer No.,Sell-to Customer Name,Posting Date,Type,No.,Description,Quantity,\
Unit Price Excl. VAT,Line Amount Excl. VAT,Salesperson Code
PS-INV103001,10000,C10001,Adatum,1/15/2026,Item,1896-S,Desk,2,1000.80,2001.60,JO
PS-INV103001,20000,C10001,Adatum,1/15/2026,Item,1900-S,Chair,4,192.80,771.20,JO
PS-INV103002,10000,C10002,Trey,2/13/2026,Item,1896-S,Desk,1,1000.80,1000.80,JO
"""
QUICKBOOKS = """\
Acme Trading,,,,,,,,,
Sales by Customer Detail,,,,,,,,,
,,,,,,,,,
Date,Transaction Type,Num,Customer,Product/Service,Memo/Description,Qty,Sales Price,Amount,Balance
01/15/2026,Invoice,1001,Ada Stone,Hardware:Bolt,Bolt,3,2.50,7.50,7.50
01/15/2026,Invoice,1001,Ada Stone,Hardware:Nut,Nut,2,1.25,2.50,10.00
02/13/2026,Invoice,1002,Bo Reed,Hardware:Bolt,Bolt,1,2.50,2.50,12.50
"""

LAYOUTS: dict[str, Layout] = {
    "sap": Layout(
        {"VA05.csv": SAP},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "1500001", "line_no": "10", "quantity": "1200.000", "unit_price": "0.110000"}),
    ),
    "dynamics": Layout(
        {"Posted Sales Invoice Lines.csv": DYNAMICS},
        {"sales_reps": 1, "customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "PS-INV103001", "product_id": "Chair", "unit_price": "192.800000"}),
        "USD",
    ),
    "quickbooks": Layout(
        {"Sales by Customer Detail.csv": QUICKBOOKS},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "1001", "product_id": "Bolt", "unit_price": "2.500000"}),
        "USD",
    ),
    "shopify": Layout(
        {"orders_export.csv": SHOPIFY},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("orders", {"order_id": "#1001", "ordered_on": "2026-01-05", "customer_id": "Anna Alt", "currency": "EUR"}),
    ),
    "woocommerce": Layout(
        {"wc-orders.csv": WOOCOMMERCE},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "9001", "product_id": "TS-1", "quantity": "3.000", "unit_price": "12.500000"}),
    ),
    "magento": Layout(
        {"export.csv": MAGENTO},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 2},
        ("orders", {"order_id": "000000102", "ordered_on": "2026-01-26"}),
    ),
    "odoo": Layout(
        {"sale.order.csv": ODOO},
        {"sales_reps": 2, "customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "S00001", "line_no": "2", "product_id": "Chair"}),
        "EUR",
    ),
    "erpnext": Layout(
        {"Sales Invoice.csv": ERPNEXT},
        {"sales_reps": 1, "customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "SINV-26-00001", "product_id": "SKU004", "unit_price": "420.000000"}),
    ),
    "one_c": Layout(
        {"Реализации.csv": ONE_C},
        {"sales_reps": 2, "customers": 2, "products": 2, "orders": 2, "order_lines": 2},
        ("order_lines", {"order_id": "УТ-000002", "quantity": "1000.000", "unit_price": "1.500000"}),
    ),
    "bitrix24": Layout(
        {"DEAL_20260301.csv": BITRIX},
        {"sales_reps": 2, "customers": 2, "quotes": 3},
        ("quotes", {"quote_id": "501", "outcome": "won", "amount": "150000.50", "closed_on": "2026-03-20"}),
    ),
    "hubspot": Layout(
        {"hubspot-crm-exports-deals.csv": HUBSPOT},
        {"sales_reps": 2, "customers": 2, "quotes": 3},
        ("quotes", {"quote_id": "102", "outcome": "None", "expected_close_on": "2026-09-01", "closed_on": "None"}),
    ),
    "salesforce": Layout(
        {"report.csv": SALESFORCE},
        {"sales_reps": 2, "customers": 3, "quotes": 3},
        ("quotes", {"quote_id": "006A3", "outcome": "lost", "requested_on": "2026-01-28"}),
    ),
    "german": Layout(
        GERMAN,
        {"sales_reps": 1, "customers": 2, "products": 2, "orders": 2, "order_lines": 3},
        ("order_lines", {"order_id": "RE-1", "line_no": "1", "quantity": "1000.000", "unit_price": "0.110000"}),
        "EUR",
    ),
    "tryton": Layout(
        {"sale.sale.csv": TRYTON},
        {"customers": 2, "products": 2, "orders": 2, "order_lines": 2},
        ("order_lines", {"order_id": "1", "product_id": "PC-1", "quantity": "3.000", "unit_price": "710.250000"}),
    ),
}
