"""One bibliography: the works the methods rest on, numbered alike wherever they are cited."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "data": "Breast masses dataset with precisely annotated sequential mammograms. Zenodo, record 11446259; "
    "creators and version as the record lists them.",
    "sitk": "Lowekamp BC, Chen DT, Ibanez L, Blezek D. The design of SimpleITK. Front Neuroinform 2013;7:45.",
    "timp": "Timp S, Varela C, Karssemeijer N. Temporal change analysis for characterization of mass lesions in "
    "mammography. IEEE Trans Med Imaging 2007;26:945-953.",
    "hadjiiski": "Hadjiiski L, Sahiner B, Chan HP, Petrick N, Helvie MA, Gurcan M. Analysis of temporal changes of "
    "mammographic features: computer-aided classification of malignant and benign breast masses. Med Phys "
    "2001;28:2309-2317.",
    "pyradiomics": "van Griethuysen JJM, Fedorov A, Parmar C, et al. Computational radiomics system to decode the "
    "radiographic phenotype. Cancer Res 2017;77:e104-e107.",
    "ibsi": "Zwanenburg A, Vallières M, Abdalah MA, et al. The Image Biomarker Standardization Initiative. "
    "Radiology 2020;295:328-338.",
    "ibsi2": "Whybra P, Zwanenburg A, Andrearczyk V, et al. The Image Biomarker Standardization Initiative: "
    "standardized convolutional filters for reproducible radiomics. Radiology 2024;310:e231319.",
    "icc": "Koo TK, Li MY. A guideline of selecting and reporting intraclass correlation coefficients for "
    "reliability research. J Chiropr Med 2016;15:155-163.",
    "sklearn": "Pedregosa F, Varoquaux G, Gramfort A, et al. Scikit-learn: machine learning in Python. J Mach "
    "Learn Res 2011;12:2825-2830.",
    "leakage": "Demircioğlu A. Measuring the bias of incorrect application of feature selection when using "
    "cross-validation in radiomics. Insights Imaging 2021;12:172.",
    "hanley": "Hanley JA, McNeil BJ. The meaning and use of the area under a receiver operating characteristic "
    "(ROC) curve. Radiology 1982;143:29-36.",
    "calibration": "Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles "
    "heel of predictive analytics. BMC Med 2019;17:230.",
    "decision": "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. "
    "Med Decis Making 2006;26:565-574.",
    "treebh": "Bogomolov M, Peterson CB, Benjamini Y, Sabatti C. Hypotheses on a tree: new error rates and testing "
    "strategies. Biometrika 2021;108:575-590.",
    "cr2": "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis "
    "testing in fixed effects models. J Bus Econ Stat 2018;36:672-683.",
    "riley": "Riley RD, Ensor J, Snell KIE, et al. Calculating the sample size required for developing a clinical "
    "prediction model. BMJ 2020;368:m441.",
    "bh": "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to "
    "multiple testing. J R Stat Soc B 1995;57:289-300.",
    "clear": "Kocak B, Baessler B, Bakas S, et al. CheckList for EvaluAtion of Radiomics research (CLEAR): a "
    "step-by-step reporting guideline for authors and reviewers endorsed by ESR and EuSoMII. Insights Imaging "
    "2023;14:75. doi:10.1186/s13244-023-01415-8",
    "metrics": "Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. METhodological RadiomICs Score (METRICS): a "
    "quality scoring tool for radiomics research endorsed by EuSoMII. Insights Imaging 2024;15:8. "
    "doi:10.1186/s13244-023-01572-w",
    "mann-whitney": "Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically "
    "larger than the other. Ann Math Stat 1947;18:50-60.",
    "hodges-lehmann": "Hodges JL, Lehmann EL. Estimates of location based on rank tests. Ann Math Stat "
    "1963;34:598-611.",
    "common-language": "Newcombe RG. Confidence intervals for an effect size measure based on the Mann-Whitney "
    "statistic. Part 2: asymptotic methods and evaluation. Stat Med 2006;25:559-573.",
    "kruskal-wallis": "Kruskal WH, Wallis WA. Use of ranks in one-criterion variance analysis. J Am Stat Assoc "
    "1952;47:583-621.",
    "epsilon-squared": "Steiger JH. Beyond the F test: effect size confidence intervals and tests of close fit in "
    "the analysis of variance and contrast analysis. Psychol Methods 2004;9:164-182.",
    "dunn": "Dunn OJ. Multiple comparisons using rank sums. Technometrics 1964;6:241-252.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.",
    "jonckheere": "Jonckheere AR. A distribution-free k-sample test against ordered alternatives. Biometrika "
    "1954;41:133-145.",
    "somers": "Newson R. Parameters behind \"nonparametric\" statistics: Kendall's tau, Somers' D and median "
    "differences. Stata J 2002;2:45-64.",
    "wilcoxon": "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bull 1945;1:80-83.",
    "firth": "Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.",
    "separation": "Heinze G, Schemper M. A solution to the problem of separation in logistic regression. Stat Med "
    "2002;21:2409-2419.",
    "gee": "Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13-22.",
    "mancl-derouen": "Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties. "
    "Biometrics 2001;57:126-134.",
    "mixed": "Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics 1982;38:963-974.",
    "standardised": "Austin PC. Balance diagnostics for comparing the distribution of baseline covariates between "
    "treatment groups in propensity-score matched samples. Stat Med 2009;28:3083-3107.",
    "wilson": "Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc "
    "1927;22:209-212.",
    "newcombe": "Newcombe RG. Interval estimation for the difference between independent proportions: comparison "
    "of eleven methods. Stat Med 1998;17:873-890.",
    "tripod": "Collins GS, Moons KGM, Dhiman P, et al. TRIPOD+AI statement: updated guidance for reporting clinical "
    "prediction models that use regression or machine learning methods. BMJ 2024;385:e078378.",
    "specification": "Simonsohn U, Simmons JP, Nelson LD. Specification curve analysis. Nat Hum Behav "
    "2020;4:1208-1214.",
}
"""How to cite each work, by the key used in the code, in the order they are numbered."""


def cite(*keys: str) -> str:
    """Numbers of works in square brackets.

    Examples
    --------
    >>> cite("ibsi", "ibsi2")
    '[6, 7]'
    """
    numbers = {key: number for number, key in enumerate(REFERENCES, 1)}
    return "[" + ", ".join(str(numbers[key]) for key in keys) + "]"


def listed(*keys: str) -> str:
    """Works with their numbers, in the order of the numbers, as one line.

    Examples
    --------
    >>> listed("holm", "dunn")
    '[...] Dunn OJ. Multiple ... 1964;6:241-252. [...] Holm S. A simple ... 1979;6:65-70.'
    """
    return " ".join(f"{cite(key)} {text}" for key, text in REFERENCES.items() if key in keys)
