"""Documents of nobody, drawn for measurements, tests and the demonstration; outside the road.

`papers` draws a page, `conditions` does to it what cameras do, `people` are whose documents they would be.
OCRB.otf: Matthew Skala's OCR-B after Norbert Schwarz, in the public domain.
Roboto.ttf: the Latin letters of Google's Roboto, Apache-2.0 (docs/sources.md#fonts).
"""
