"""Works the methods rest on, in the order they are numbered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One work: key used in the text, and how to cite it."""

    key: str
    text: str


REFERENCES: tuple[Reference, ...] = (
    Reference(
        "data",
        "Breast masses dataset with precisely annotated sequential mammograms. Zenodo, record 11446259; "
        "creators and version as the record lists them.",
    ),
    Reference(
        "sitk",
        "Lowekamp BC, Chen DT, Ibanez L, Blezek D. The design of SimpleITK. Front Neuroinform 2013;7:45.",
    ),
    Reference(
        "timp",
        "Timp S, Varela C, Karssemeijer N. Temporal change analysis for characterization of mass lesions in "
        "mammography. "
        "IEEE Trans Med Imaging 2007;26:945-953.",
    ),
    Reference(
        "hadjiiski",
        "Hadjiiski L, Sahiner B, Chan HP, Petrick N, Helvie MA, Gurcan M. Analysis of temporal changes of mammographic "
        "features: computer-aided classification of malignant and benign breast masses. Med Phys 2001;28:2309-2317.",
    ),
    Reference(
        "pyradiomics",
        "van Griethuysen JJM, Fedorov A, Parmar C, et al. Computational radiomics system to decode the radiographic "
        "phenotype. Cancer Res 2017;77:e104-e107.",
    ),
    Reference(
        "ibsi",
        "Zwanenburg A, Vallières M, Abdalah MA, et al. The Image Biomarker Standardization Initiative. "
        "Radiology 2020;295:328-338.",
    ),
    Reference(
        "ibsi2",
        "Whybra P, Zwanenburg A, Andrearczyk V, et al. The Image Biomarker Standardization Initiative: standardized "
        "convolutional filters for reproducible radiomics. Radiology 2024;310:e231319.",
    ),
    Reference(
        "icc",
        "Koo TK, Li MY. A guideline of selecting and reporting intraclass correlation coefficients for reliability "
        "research. J Chiropr Med 2016;15:155-163.",
    ),
    Reference(
        "sklearn",
        "Pedregosa F, Varoquaux G, Gramfort A, et al. Scikit-learn: machine learning in Python. "
        "J Mach Learn Res 2011;12:2825-2830.",
    ),
    Reference(
        "leakage",
        "Demircioğlu A. Measuring the bias of incorrect application of feature selection when using cross-validation "
        "in "
        "radiomics. Insights Imaging 2021;12:172.",
    ),
    Reference(
        "hanley",
        "Hanley JA, McNeil BJ. The meaning and use of the area under a receiver operating characteristic (ROC) curve. "
        "Radiology 1982;143:29-36.",
    ),
    Reference(
        "calibration",
        "Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles heel of "
        "predictive "
        "analytics. BMC Med 2019;17:230.",
    ),
    Reference(
        "decision",
        "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. "
        "Med Decis Making 2006;26:565-574.",
    ),
    Reference(
        "bh",
        "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to multiple "
        "testing. J R Stat Soc B 1995;57:289-300.",
    ),
    Reference(
        "clear",
        "Kocak B, Baessler B, Bakas S, et al. CheckList for EvaluAtion of Radiomics research (CLEAR): a step-by-step "
        "reporting guideline for authors and reviewers endorsed by ESR and EuSoMII. Insights Imaging 2023;14:75. "
        "doi:10.1186/s13244-023-01415-8",
    ),
    Reference(
        "metrics",
        "Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. METhodological RadiomICs Score (METRICS): a quality scoring "
        "tool for radiomics research endorsed by EuSoMII. Insights Imaging 2024;15:8. doi:10.1186/s13244-023-01572-w",
    ),
)
