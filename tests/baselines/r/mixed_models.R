# Values of R for tests/stats/test_repeated_measures.py. Run in this folder: Rscript mixed_models.R
# Input: mixed_models_input.csv. Output: mixed_models_output.csv (term, estimate, standard error, degrees of freedom, p,
# and the share of variance between women), with versions in its last rows.
suppressMessages({library(nlme); library(clubSandwich); library(lme4)})
d <- read.csv("mixed_models_input.csv")
fit <- lme(value ~ visit * malignant + age + interval + visit:years, random = ~ 1 | woman, data = d, method = "REML")
test <- coef_test(fit, vcov = "CR2", test = "Satterthwaite")
sd <- as.numeric(VarCorr(fit)[, "StdDev"])
again <- lmer(value ~ visit * malignant + age + interval + visit:years + (1 | woman), data = d, REML = TRUE)
stopifnot(max(abs(fixef(again) - fixef(fit))) < 1e-4)
out <- data.frame(term = names(fixef(fit)), estimate = fixef(fit), error = test$SE, freedom = test$df_Satt,
                  p = test$p_Satt, row.names = NULL)
out$share <- sd[1]^2 / sum(sd^2)
write.csv(format(out, digits = 12), "mixed_models_output.csv", row.names = FALSE, quote = FALSE)
cat("R", as.character(getRversion()), "nlme", as.character(packageVersion("nlme")), "clubSandwich",
    as.character(packageVersion("clubSandwich")), "lme4", as.character(packageVersion("lme4")), "\n")
