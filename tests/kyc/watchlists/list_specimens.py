"""A small file of every format, written by hand, with invented parties: what the parser tests read and break."""

# ruff: noqa: E501  the lines are those of the files

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

from kyc.matching.types import Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.parsers import clearance, csl, opensanctions, uk

CSL = (
    ",".join(csl.COLUMNS)
    + """
4398d33e9e93c7477af39f1e0bfffc13ddd47bcc,Entity List (EL) - Bureau of Industry and Security,,,,Redwood Lattice Plant JSC,,"19 Mill St., Borisov, 222512, BY; 4 Quay, Riga, LV",87 FR 20299,2022-04-07,,,For all items subject to the EAR.,Policy of denial. ,,,,,,,,http://bit.ly/1L47xrV,Redwood Lattice; and RLP JSC,,,,,http://bit.ly/1L47xrV,
21944,Specially Designated Nationals (SDN) - Treasury Department,21944,Individual,SYRIA; SDGT,"SAMPLEMAN, Rim",Employee,"Main St 1, Aleppo, SY",,,,,,,,,,,,,"(Linked To: REDWOOD (LATTICE)); speaks French",http://bit.ly/1I7ipyR,"SAMPLEMAN, Reem","",1973-03-25; circa 1974,SY,"Aleppo, Syria",http://bit.ly/1MLgpye,"Female, Gender; SY, 2014-08-30, K475336, Passport; www.example.com, Website"
23156,Specially Designated Nationals (SDN) - Treasury Department,23156,Vessel,DPRK4,MV INVENTION,,,,,,,,,HMAB,General Cargo,,4000,Panama,INVENTED LINES,,http://bit.ly/1I7ipyR,"","","","","",http://bit.ly/1MLgpye,"IMO 8898831, Vessel Registration Identification"
deb7a1d5743a85c354ca1a2c7f2664e2104b32d7,Denied Persons List (DPL) - Bureau of Industry and Security,,,, I. EXAMPLE,,"12 PEASE DRIVE, ROCKY RIVER, OH, 44116",68 F.R. 38290,2003-06-19,2056-06-29,Y,,,,,,,,,NEW,http://bit.ly/1Qi5heF,,,,,,http://bit.ly/1iwxiF0,
"""
).encode()

CSL_JSON = json.dumps(
    {
        "total": 2,
        "results": [
            {
                "id": "21944",
                "source": "Specially Designated Nationals (SDN) - Treasury Department",
                "entity_number": "21944",
                "type": "Individual",
                "programs": ["SYRIA"],
                "name": "SAMPLEMAN, Rim",
                "alt_names": ["SAMPLEMAN, Reem"],
                "addresses": [{"address": "Main St 1", "city": "Aleppo", "country": "SY"}],
                "dates_of_birth": ["1973-03-25"],
                "nationalities": ["SY"],
                "places_of_birth": ["Aleppo, Syria"],
                "ids": [{"type": "Passport", "number": "K475336", "country": "SY"}],
                "remarks": "",
            },
            {
                "id": "4398d33e9e93c7477af39f1e0bfffc13ddd47bcc",
                "source": "Entity List (EL) - Bureau of Industry and Security",
                "type": None,
                "name": "Redwood Lattice Plant JSC",
                "alt_names": [],
                "addresses": [],
                "license_requirement": "For all items subject to the EAR.",
                "license_policy": "Policy of denial.",
                "federal_register_notice": "87 FR 20299",
                "start_date": "2022-04-07",
            },
        ],
    },
    indent=1,
).encode()

SDN = (
    b'36,"REDWOOD LATTICE AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b'306,"BANCO INVENTADO",-0- ,"CUBA] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"a.k.a. \'BI\'."\r\n'
    b'40420,"SAMPLEMAN, Vali","individual","NPWMD] [IFSR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    b'"DOB 22 Nov 1979; alt. DOB circa 1980; POB Tehran, Iran; nationality Iran; Gender Male; '
    b'Passport X1234567 (Iran) expires 05 Feb 2029; National ID No. 2802738003 (Iran); Linked To: QODS INVENTED."\r\n'
    b'4238,"MAR INVENTADO","vessel","CUBA",-0- ,"CL2192","Tug","10","212","Cuba","Samir S.A.",'
    b'"Vessel Registration Identification IMO 7406784."\r\n'
    b"\x1a"
)
ALT = b'36,12,"aka","RL AIR",-0- \r\n306,220,"fka","BANCO ANTERIOR",-0- \r\n40420,221,"aka","SAMPELMAN, Wali",-0- \r\n\x1a'
ADD = (
    b'36,25,-0- ,"Havana","Cuba",-0- \r\n306,199,"Zweierstrasse 35","Zurich CH-8022","Switzerland",-0- \r\n'
    b'40420,201,-0- ,-0- ,"Iran",-0- \r\n\x1a'
)
COMMENTS = b'40420," Additional Sanctions Information - Subject to Secondary Sanctions."\r\n\x1a'

OFAC_XML = b"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
  <publshInformation><Publish_Date>03/28/2025</Publish_Date><Record_Count>2</Record_Count></publshInformation>
  <sdnEntry>
    <uid>9639</uid><firstName>Ismail</firstName><lastName>SAMPLEMAN</lastName><sdnType>Individual</sdnType>
    <remarks>(Linked To: INVENTED FRONT)</remarks>
    <programList><program>NS-PLC</program></programList>
    <idList><id><uid>1</uid><idType>Passport</idType><idNumber>A12345</idNumber><idCountry>Jordan</idCountry></id>
      <id><uid>2</uid><idType>Gender</idType><idNumber>Male</idNumber></id></idList>
    <akaList><aka><uid>9150</uid><type>a.k.a.</type><category>weak</category><lastName>ABU</lastName></aka></akaList>
    <addressList><address><uid>7</uid><address1>Quay 1</address1><city>Gaza City</city><country>Palestinian</country>
    </address></addressList>
    <nationalityList><nationality><uid>3</uid><country>Jordan</country></nationality></nationalityList>
    <dateOfBirthList><dateOfBirthItem><uid>4696</uid><dateOfBirth>1962</dateOfBirth></dateOfBirthItem></dateOfBirthList>
    <placeOfBirthList><placeOfBirthItem><uid>5</uid><placeOfBirth>Shati</placeOfBirth></placeOfBirthItem></placeOfBirthList>
  </sdnEntry>
  <sdnEntry>
    <uid>18736</uid><lastName>INVENTED SHIP</lastName><sdnType>Vessel</sdnType>
    <programList><program>UKRAINE-EO13662</program></programList>
    <vesselInfo><callSign>ABCD1</callSign><vesselType>Tanker</vesselType><vesselFlag>Panama</vesselFlag>
      <vesselOwner>INVENTED LINES</vesselOwner></vesselInfo>
  </sdnEntry>
</sdnList>
"""

ENHANCED = """<?xml version="1.0" encoding="utf-8"?>
<sanctionsData xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML">
  <publicationInfo><dataAsOf>2025-01-10T00:00:00</dataAsOf></publicationInfo>
  <referenceValues><referenceValue refId="1"><type>X</type><value>Y</value></referenceValue></referenceValues>
  <entities>
  <entity id="33112">
    <generalInfo><identityId>1</identityId><entityType refId="601">Entity</entityType></generalInfo>
    <sanctionsLists><sanctionsList refId="1" id="1" datePublished="2021-12-16">Consolidated List</sanctionsList>
      <sanctionsList refId="2" id="2" datePublished="2021-12-16">Non-SDN CMIC List</sanctionsList></sanctionsLists>
    <sanctionsPrograms><sanctionsProgram refId="1" id="1">CMIC-EO13959</sanctionsProgram></sanctionsPrograms>
    <sanctionsTypes><sanctionsType refId="1" id="1">CMIC Executive Order</sanctionsType></sanctionsTypes>
    <legalAuthorities><legalAuthority refId="1" id="1">Executive Order 13959</legalAuthority></legalAuthorities>
    <names><name id="1"><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality><translations>
      <translation id="1"><isPrimary>true</isPrimary><script refId="1">Latin</script>
        <formattedFullName>REDWOOD CLOUD CO., LTD.</formattedFullName></translation>
      <translation id="2"><isPrimary>false</isPrimary><script refId="2">Chinese Simplified</script>
        <formattedFullName>红木云有限公司</formattedFullName></translation></translations></name>
      <name id="2"><isPrimary>false</isPrimary><aliasType refId="1401">F.K.A.</aliasType>
        <isLowQuality>false</isLowQuality><translations><translation id="3"><isPrimary>true</isPrimary>
        <script refId="1">Latin</script><formattedFullName>OLDWOOD</formattedFullName></translation></translations>
      </name></names>
    <addresses><address id="1"><country refId="1">China</country><translations><translation id="1">
      <addressParts><addressPart id="1"><type refId="1">CITY</type><value>Beijing</value></addressPart>
      <addressPart id="2"><type refId="1">ADDRESS1</type><value>1 Haidian Rd</value></addressPart></addressParts>
      </translation></translations></address></addresses>
    <features><feature id="1"><type featureTypeId="1">ISIN</type><value>CNE100000N20</value></feature>
      <feature id="2"><type featureTypeId="2">Website</type><value>www.example.com</value></feature></features>
    <identityDocuments><identityDocument id="1"><type refId="1">Tax ID No.</type>
      <documentNumber>9111000</documentNumber><issuingCountry refId="1">China</issuingCountry></identityDocument>
    </identityDocuments>
    <relationships><relationship id="1"><type refId="1">Owned or Controlled By</type>
      <relatedEntity entityId="30925">INVENTED HOLDING</relatedEntity></relationship></relationships>
  </entity>
  <entity id="17013">
    <generalInfo><identityId>2</identityId><entityType refId="600">Individual</entityType></generalInfo>
    <sanctionsLists><sanctionsList refId="1" id="3">SDN List</sanctionsList></sanctionsLists>
    <sanctionsPrograms/><names><name id="3"><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality>
      <translations><translation id="4"><isPrimary>true</isPrimary><script refId="1">Latin</script>
      <formattedFullName>SAMPLEMAN, Oleg</formattedFullName></translation></translations></name></names>
    <features><feature id="3"><type featureTypeId="8">Birthdate</type><value>circa 1962</value></feature></features>
  </entity>
  </entities>
</sanctionsData>
""".encode()

ADVANCED = """<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML">
  <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>5</Month><Day>21</Day></DateOfIssue>
  <ReferenceValueSets>
    <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>
      <AliasType ID="1403">Name</AliasType></AliasTypeValues>
    <CountryValues><Country ID="11206">Syria</Country></CountryValues>
    <DetailReferenceValues><DetailReference ID="91526">Male</DetailReference></DetailReferenceValues>
    <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="25">Location</FeatureType>
      <FeatureType ID="224">Gender</FeatureType><FeatureType ID="10">Nationality Country</FeatureType>
      <FeatureType ID="344">Digital Currency Address - XBT</FeatureType></FeatureTypeValues>
    <IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
    <LegalBasisValues><LegalBasis ID="1">Executive Order 13224</LegalBasis></LegalBasisValues>
    <ListValues><List ID="1550">SDN List</List></ListValues>
    <LocPartTypeValues><LocPartType ID="1454">CITY</LocPartType></LocPartTypeValues>
    <PartySubTypeValues><PartySubType ID="4">Unknown</PartySubType><PartySubType ID="3">Unknown</PartySubType>
    </PartySubTypeValues>
    <RelationTypeValues><RelationType ID="1555">Associate Of</RelationType></RelationTypeValues>
    <ScriptValues><Script ID="215">Latin</Script><Script ID="160">Arabic</Script></ScriptValues>
  </ReferenceValueSets>
  <Locations><Location ID="501"><LocationCountry CountryID="11206"/><LocationPart LocPartTypeID="1454">
    <LocationPartValue Primary="true"><Value>Aleppo</Value></LocationPartValue></LocationPart></Location>
    <Location ID="502"><LocationCountry CountryID="11206"/></Location></Locations>
  <IDRegDocuments><IDRegDocument ID="700" IDRegDocTypeID="1571" IdentityID="91" IssuedBy-CountryID="11206">
    <IDRegistrationNo>750123456</IDRegistrationNo></IDRegDocument></IDRegDocuments>
  <DistinctParties>
    <DistinctParty FixedRef="9001"><Profile ID="9001" PartySubTypeID="4"><Identity ID="91" Primary="true">
      <Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="1">
        <DocumentedNamePart><NamePartValue ScriptID="215">SAMPLEMAN</NamePartValue></DocumentedNamePart>
        <DocumentedNamePart><NamePartValue ScriptID="215">Rim</NamePartValue></DocumentedNamePart></DocumentedName>
        <DocumentedName ID="2"><DocumentedNamePart><NamePartValue ScriptID="160">رِم</NamePartValue>
        </DocumentedNamePart></DocumentedName></Alias>
      <Alias AliasTypeID="1400" Primary="false" LowQuality="true"><DocumentedName ID="3"><DocumentedNamePart>
        <NamePartValue ScriptID="215">The Fox</NamePartValue></DocumentedNamePart></DocumentedName></Alias></Identity>
      <Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1"><DatePeriod><Start Approximate="false">
        <From><Year>1973</Year><Month>1</Month><Day>1</Day></From><To><Year>1973</Year><Month>1</Month><Day>1</Day></To>
        </Start><End Approximate="false"><From><Year>1973</Year><Month>12</Month><Day>31</Day></From>
        <To><Year>1973</Year><Month>12</Month><Day>31</Day></To></End></DatePeriod></FeatureVersion></Feature>
      <Feature ID="2" FeatureTypeID="25"><FeatureVersion ID="2"><VersionLocation LocationID="501"/></FeatureVersion>
        </Feature>
      <Feature ID="3" FeatureTypeID="10"><FeatureVersion ID="3"><VersionLocation LocationID="502"/></FeatureVersion>
        </Feature>
      <Feature ID="4" FeatureTypeID="224"><FeatureVersion ID="4"><VersionDetail DetailReferenceID="91526"/>
        </FeatureVersion></Feature></Profile></DistinctParty>
    <DistinctParty FixedRef="9002"><Profile ID="9002" PartySubTypeID="3"><Identity ID="92" Primary="true">
      <Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="4"><DocumentedNamePart>
        <NamePartValue ScriptID="215">INVENTED MIXER</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
      </Identity><Feature ID="5" FeatureTypeID="344"><FeatureVersion ID="5"><VersionDetail DetailTypeID="1432">1BoatSL
        </VersionDetail></FeatureVersion></Feature></Profile></DistinctParty>
  </DistinctParties>
  <ProfileRelationships><ProfileRelationship ID="1" From-ProfileID="9001" To-ProfileID="9002" RelationTypeID="1555"
    Former="false"/></ProfileRelationships>
  <SanctionsEntries>
    <SanctionsEntry ID="1" ProfileID="9001" ListID="1550"><EntryEvent ID="1" LegalBasisID="1"><Date><Year>2018</Year>
      <Month>3</Month><Day>4</Day></Date></EntryEvent><SanctionsMeasure ID="1" SanctionsTypeID="1705"/>
      <SanctionsMeasure ID="2" SanctionsTypeID="1"><Comment>SDGT</Comment></SanctionsMeasure></SanctionsEntry>
    <SanctionsEntry ID="2" ProfileID="9002" ListID="1550"><SanctionsMeasure ID="3" SanctionsTypeID="1">
      <Comment>CYBER2</Comment></SanctionsMeasure></SanctionsEntry>
  </SanctionsEntries>
</Sanctions>
""".encode()

DPL = (
    b'"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t'
    b'"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
    b'" I. EXAMPLE"\t"12 PEASE DRIVE"\t"ROCKY RIVER"\t"OH"\t""\t"44116"\t"06/19/2003"\t"06/29/2056"\t"Y"\t"2007-01-31"\t'
    b'"NEW"\t"68 F.R. 38290 6/27/03"\n'
    b'"ZIMO SAMPLE"\t"3975 N. CRAMER STREET"\t"MILWAUKEE"\t"WI"\t""\t"53211"\t"03/16/2020"\t"12/13/2028"\t"Y"\t'
    b'"2020-03-20"\t"NEW"\t"85 F.R. 16054"\n'
    b'"ZIMO SAMPLE"\t"JINXIUYUAN 17"\t"JIANGSU"\t""\t"CN"\t"215500"\t"03/16/2020"\t"12/13/2028"\t"Y"\t"2020-03-20"\t'
    b'"NEW"\t"85 F.R. 16054"\n'
    b'"SAMPLE AIR"\t""\t"RIGA"\t""\t"LV"\t"1084"\t"08/28/2023"\t""\t"N"\t"2023-09-19"\t"NEW"\t"88 F.R. 61499"\n'
)

UN = """<?xml version='1.0' encoding='UTF-8'?>
<CONSOLIDATED_LIST dateGenerated='2025-04-19T23:00:04.625Z'>
  <INDIVIDUALS>
    <INDIVIDUAL><DATAID>110447</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>MUHAMMAD</FIRST_NAME>
      <SECOND_NAME>TAHER</SECOND_NAME><THIRD_NAME>SAMPLEMAN</THIRD_NAME><UN_LIST_TYPE>Taliban</UN_LIST_TYPE>
      <REFERENCE_NUMBER>TAi.999</REFERENCE_NUMBER><LISTED_ON>2001-02-23</LISTED_ON><GENDER>Male</GENDER>
      <NAME_ORIGINAL_SCRIPT>محمد</NAME_ORIGINAL_SCRIPT><COMMENTS1>Invented.</COMMENTS1>
      <NATIONALITY><VALUE>Afghanistan</VALUE></NATIONALITY>
      <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Mohammad Tahir</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Haji Fox</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_ADDRESS><STREET>Street 1</STREET><CITY>Kabul</CITY><COUNTRY>Afghanistan</COUNTRY></INDIVIDUAL_ADDRESS>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1961</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1960-04-00</DATE></INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_PLACE_OF_BIRTH><CITY>Zurmat</CITY><COUNTRY>Afghanistan</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
      <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>SE-011254</NUMBER>
        <ISSUING_COUNTRY>Afghanistan</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT></INDIVIDUAL>
    <INDIVIDUAL><DATAID>110448</DATAID><FIRST_NAME>YEARS</FIRST_NAME><REFERENCE_NUMBER>TAi.998</REFERENCE_NUMBER>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1973</FROM_YEAR><TO_YEAR>1974</TO_YEAR>
      </INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>
  </INDIVIDUALS>
  <ENTITIES>
    <ENTITY><DATAID>6908402</DATAID><FIRST_NAME>INVENTED FRONT</FIRST_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE>
      <REFERENCE_NUMBER>CDe.999</REFERENCE_NUMBER><LISTED_ON>2014-06-30</LISTED_ON>
      <ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Old Front</ALIAS_NAME></ENTITY_ALIAS>
      <ENTITY_ADDRESS><COUNTRY>Democratic Republic of the Congo</COUNTRY></ENTITY_ADDRESS></ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
""".encode()

EU_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-08-05T16:47:04.449+02:00" globalFileId="184961">
  <sanctionEntity designationDetails="" unitedNationId="TAi.999" euReferenceNumber="EU.27.99" logicalId="13">
    <remark>Invented.</remark>
    <regulation regulationType="regulation" organisationType="commission" publicationDate="2003-07-08"
      entryIntoForceDate="2003-07-07" numberTitle="1210/2003 (OJ L169)" programme="AFG" logicalId="348">
      <publicationUrl>https://eur-lex.europa.eu/</publicationUrl></regulation>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Muhammad" middleName="Taher" lastName="Sampleman" wholeName="Muhammad Taher Sampleman"
      function="Minister" gender="M" nameLanguage="" strong="true" logicalId="17"/>
    <nameAlias wholeName="Haji Fox" nameLanguage="" strong="false" logicalId="19"/>
    <nameAlias wholeName="محمد" nameLanguage="AR" strong="true" logicalId="20"/>
    <citizenship countryIso2Code="AF" countryDescription="AFGHANISTAN" logicalId="1"/>
    <address street="Street 1" city="Kabul" zipCode="" countryIso2Code="AF" countryDescription="AFGHANISTAN"/>
    <birthdate circa="false" year="1960" monthOfYear="4" dayOfMonth="28" birthdate="1960-04-28" city="Zurmat"
      countryIso2Code="AF" countryDescription="AFGHANISTAN"/>
    <birthdate circa="true" yearRangeFrom="1961" yearRangeTo="1963"/>
    <identification number="SE-011254" identificationTypeCode="passport" countryIso2Code="AF"/>
  </sanctionEntity>
  <sanctionEntity euReferenceNumber="EU.27.98" logicalId="201" designationDate="2022-02-25">
    <regulation programme="UKR" numberTitle="2022/332 (OJ L53)" publicationDate="2022-02-25"/>
    <subjectType code="enterprise" classificationCode="E"/>
    <nameAlias wholeName="Redwood Lattice Plant JSC" strong="true" logicalId="21"/>
  </sanctionEntity>
</export>
""".encode()

EU_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_UnitedNationId;Entity_DesignationDate;"
    "Entity_DesignationDetails;Entity_Remark;Entity_SubjectType;Entity_SubjectType_ClassificationCode;"
    "Entity_Regulation_NumberTitle;Entity_Regulation_Programme;NameAlias_LastName;NameAlias_FirstName;"
    "NameAlias_MiddleName;NameAlias_WholeName;NameAlias_Gender;Address_City;Address_Street;Address_CountryIso2Code;"
    "Address_CountryDescription;BirthDate_BirthDate;BirthDate_Year;BirthDate_Place;Identification_Number;"
    "Identification_TypeCode;Identification_CountryIso2Code;Citizenship_CountryIso2Code\n"
    "05/08/2026;13;EU.27.99;TAi.999;;;Invented.;P;person;1210/2003 (OJ L169);AFG;Sampleman;Muhammad;Taher;"
    "Muhammad Taher Sampleman;M;;;;;;;;;;;\n"
    "05/08/2026;13;EU.27.99;TAi.999;;;Invented.;P;person;1210/2003 (OJ L169);AFG;;;;Mohammad Tahir;;;;;;;;;;;;\n"
    "05/08/2026;13;EU.27.99;TAi.999;;;Invented.;P;person;1210/2003 (OJ L169);AFG;;;;;;Kabul;Street 1;AF;AFGHANISTAN;;;;;;;\n"
    "05/08/2026;13;EU.27.99;TAi.999;;;Invented.;P;person;1210/2003 (OJ L169);AFG;;;;;;;;;;1960-04-28;1960;Zurmat;;;;\n"
    "05/08/2026;13;EU.27.99;TAi.999;;;Invented.;P;person;1210/2003 (OJ L169);AFG;;;;;;;;;;;;;SE-011254;passport;AF;AF\n"
    "05/08/2026;201;EU.27.98;;2022-02-25;;;E;enterprise;2022/332 (OJ L53);UKR;;;;Redwood Lattice Plant JSC;;;;;;;;;;;;\n"
).encode()


def _uk_row(**values: str) -> str:
    row = {name: "" for name in uk.COLUMNS} | values
    return ",".join(f'"{row[name]}"' if "," in row[name] else row[name] for name in uk.COLUMNS)


_UK_PERSON = {
    "Last Updated": "12/01/2022", "Unique ID": "AFG0999", "OFSI Group ID": "7999", "UN Reference Number": "TAi.999",
    "Regime Name": "Afghanistan", "Designation Type": "Individual", "Designation source": "UN",
    "Sanctions Imposed": "Asset freeze|Travel Ban", "Date Designated": "23/02/2001", "Gender": "Male",
    "D.O.B": "dd/mm/1961", "Nationality(/ies)": "Afghanistan",
}  # fmt: skip
UK_CSV = (
    "Report Date: 13-Feb-2026\n"
    + ",".join(uk.COLUMNS)
    + "\n"
    + "\n".join(
        (
            _uk_row(
                **_UK_PERSON,
                **{
                    "Name 6": "SAMPLEMAN", "Name 1": "MUHAMMAD", "Name 2": "TAHER", "Name type": "Primary Name",
                    "Name non-latin script": "محمد", "Passport number": "SE-011254", "Town of birth": "Zurmat",
                    "Country of birth": "Afghanistan", "Address Line 1": "Street 1", "Address Country": "Afghanistan",
                },
            ),
            _uk_row(
                **_UK_PERSON,
                **{"Name 6": "Haji Fox", "Name type": "Alias", "Alias strength": "Low quality a.k.a"},
            ),
            _uk_row(
                **{
                    "Last Updated": "09/05/2025", "Unique ID": "RUS9001", "OFSI Group ID": "16100",
                    "Name 6": "INVENTED TANKER", "Name type": "Primary Name", "Regime Name": "Russia",
                    "Designation Type": "Ship", "Designation source": "UK", "Date Designated": "09/05/2025",
                    "Sanctions Imposed": 'Shipping sanctions: (see ""Other information""), port entry',
                    "IMO number": "9123456", "Current believed flag of ship": "Panama",
                }
            ),
        )
    )
    + "\n"
).encode()  # fmt: skip


def _ods() -> bytes:
    def row(*cells: str) -> str:
        inside = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
        return f"<table:table-row>{inside}</table:table-row>"

    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="UK_Sanction_List">'
        + row(*uk.ODS_COLUMNS)
        + row(
            "AFG0999",
            "7999",
            "SAMPLEMAN MUHAMMAD",
            "Afghanistan",
            "Individual",
            "UN",
            "23-02-2001",
            "Asset freeze, Travel Ban",
        )
        + row("RUS9002", "", "Red &amp; Wood LTD", "Russia", "Entity", "UK", "09-05-2025", "Trust Services Sanctions")
        + '<table:table-row table:number-rows-repeated="1043268"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)):
            archive.writestr(zipfile.ZipInfo(name, (2025, 8, 11, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


UK_ODS = _ods()

SEMA = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<data-set xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
	<record><Country>Belarus / Bélarus</Country><LastName>Sampleman</LastName><GivenName>Dmitry Vladimirovich</GivenName>
		<Aliases>Дмитрий Владимирович Семплман; Dmitri Sampleman</Aliases>
		<DateOfBirthOrShipBuildDate>1963 or 1964</DateOfBirthOrShipBuildDate><Schedule>1, Part 1</Schedule><Item>2</Item>
		<DateOfListing>2020-09-28</DateOfListing></record>
	<record><Country>Russia / Russie</Country><EntityOrShip>Invented III</EntityOrShip>
		<TitleOrShip>General Cargo</TitleOrShip><ShipIMONumber>7612448</ShipIMONumber>
		<DateOfBirthOrShipBuildDate>1980</DateOfBirthOrShipBuildDate><Schedule>1.1</Schedule><Item>1</Item>
		<DateOfListing>2025-02-21</DateOfListing></record>
	<record><Country>Russia / Russie</Country><EntityOrShip>Redwood Lattice</EntityOrShip><Schedule>1, Part 2</Schedule>
		<Item>3</Item><DateOfListing>2022-02-24</DateOfListing></record>
</data-set>
""".encode()

OS_CSV = (
    ",".join(f'"{name}"' for name in opensanctions.COLUMNS)
    + "\n"
    + '"NK-1","Person","SAMPLEMAN Kirill","СЕМПЛМАН Кирилл;Kirill ""K"" Sampleman","1970-04-16","ru;cy","","","""""","","",'
    '"UA-WS-EXECUTIVES","Invented","2025-10-06T14:15:21","2026-03-13T05:41:01","2026-02-05T14:54:48"\n'
    '"NK-2","Vessel","ROSALIN","","","lr;pa","","IMO9253325;636020980","""""","","","","Invented",'
    '"2025-10-06T14:15:21","2026-03-13T05:41:01","2026-02-05T14:54:48"\n'
).encode()

FTM = b"".join(
    json.dumps(row, ensure_ascii=False).encode() + b"\n"
    for row in (
        {"id": "s-1", "schema": "Sanction", "target": False, "caption": "Sanction", "datasets": ["x"],
         "properties": {"entity": ["p-1"], "programId": ["US-GLOMAG"], "authority": ["OFAC"], "startDate": ["2020-01-02"]}},
        {"id": "p-1", "schema": "Person", "target": True, "caption": "Kirill Sampleman", "datasets": ["x"],
         "last_seen": "2026-03-13T05:41:01",
         "properties": {"name": ["Kirill Sampleman", "Кирилл Семплман"], "weakAlias": ["Fox"], "topics": ["sanction"],
                        "birthDate": ["1970-04-16"], "nationality": ["ru"], "gender": ["male"],
                        "innCode": ["773006863179"]}},
        {"id": "d-1", "schema": "Passport", "target": False, "caption": "P", "datasets": ["x"],
         "properties": {"holder": ["p-1"], "number": ["AB123456"], "country": ["ru"]}},
        {"id": "o-1", "schema": "Ownership", "target": False, "caption": "O", "datasets": ["x"],
         "properties": {"owner": ["p-1"], "asset": ["c-1"]}},
        {"id": "c-1", "schema": "Company", "target": True, "caption": "Redwood Lattice", "datasets": ["x"],
         "properties": {"name": ["Redwood Lattice"], "topics": ["sanction.linked"], "country": "ru"}},
        {"id": "n-1", "schema": "Person", "target": False, "caption": "Neighbour", "datasets": ["x"],
         "properties": {"name": ["Neighbour"]}},
    )
)  # fmt: skip

CLEARANCE = clearance.write(
    (
        ListedEntry(
            source="operator",
            uid="1",
            measure="OPERATOR-BLOCK",
            names=(Name("Jane Sampleman"), Name("Джейн", NameQuality.ORIGINAL_SCRIPT)),
            kind=Kind.PERSON,
            birth_dates=(PartialDate(1970, 4, 16), PartialDate(1971, about=True)),
            nationalities=("GB",),
            addresses=(Address("1 Quay, Leeds, GB", city="Leeds", country="GB"),),
            listed_on=date(2026, 1, 2),
        ),
        ListedEntry(source="operator", uid="2", measure="OPERATOR-REVIEW", names=(Name("Redwood Lattice"),)),
    ),
    title="An operator's list",
    published_on=date(2026, 11, 1),
)

# format -> its files
SPECIMENS: dict[str, dict[str, bytes]] = {
    "csl-csv": {"main": CSL},
    "csl-json": {"main": CSL_JSON},
    "ofac-sdn-csv": {"main": SDN, "alt": ALT, "add": ADD, "comments": COMMENTS},
    "ofac-cons-csv": {"main": SDN, "alt": ALT, "add": ADD},
    "ofac-sdn-xml": {"main": OFAC_XML},
    "ofac-cons-xml": {"main": OFAC_XML},
    "ofac-enhanced-xml": {"main": ENHANCED},
    "ofac-advanced-xml": {"main": ADVANCED},
    "bis-dpl": {"main": DPL},
    "un-xml": {"main": UN},
    "eu-fsf-xml": {"main": EU_XML},
    "eu-fsf-csv": {"main": EU_CSV},
    "uk-csv": {"main": UK_CSV},
    "uk-ods": {"main": UK_ODS},
    "canada-sema-xml": {"main": SEMA},
    "opensanctions-simple-csv": {"main": OS_CSV},
    "opensanctions-ftm-json": {"main": FTM},
    "clearance": {"main": CLEARANCE},
}
# how many parties each specimen has
COUNTS = {
    "csl-csv": 4, "csl-json": 2, "ofac-sdn-csv": 4, "ofac-cons-csv": 4, "ofac-sdn-xml": 2, "ofac-cons-xml": 2,
    "ofac-enhanced-xml": 2, "ofac-advanced-xml": 2, "bis-dpl": 3, "un-xml": 3, "eu-fsf-xml": 2, "eu-fsf-csv": 2,
    "uk-csv": 2, "uk-ods": 2, "canada-sema-xml": 3, "opensanctions-simple-csv": 2, "opensanctions-ftm-json": 2,
    "clearance": 2,
}  # fmt: skip
