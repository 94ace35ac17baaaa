# Values of R for tests/stats (two groups, strata, change, characteristics, models by patient) and tests/tables
# (adjusted p). Run in this folder: Rscript rank_tests.R
# Input: rank_tests_input.csv. Output: rank_tests_output.csv (name, value). Only base R.
d <- read.csv("rank_tests_input.csv")
out <- list()
say <- function(name, value) out[[name]] <<- value
m <- d$malignant == 1
exact <- wilcox.test(d$value[m], d$value[!m], exact = TRUE, conf.int = TRUE)
say("two groups, p exact", exact$p.value); say("two groups, U", unname(exact$statistic))
say("two groups, shift", unname(exact$estimate)); say("two groups, shift low", exact$conf.int[1])
say("two groups, shift high", exact$conf.int[2])
say("two groups, p with ties", wilcox.test(d$tied[m], d$tied[!m], exact = FALSE, correct = TRUE)$p.value)
strata <- kruskal.test(d$tied, d$density)
say("strata, H", unname(strata$statistic)); say("strata, p", strata$p.value)
change <- wilcox.test(d$change, exact = TRUE, conf.int = TRUE)
say("change, p exact", change$p.value); say("change, W", unname(change$statistic))
say("change, pseudo-median", unname(change$estimate)); say("change, low", change$conf.int[1])
say("change, high", change$conf.int[2])
say("change, p with ties", wilcox.test(d$change_tied, exact = FALSE, correct = TRUE)$p.value)
say("characteristic, p of Fisher", fisher.test(table(d$malignant, d$density > 1))$p.value)
z <- (d$value - mean(d$value)) / sd(d$value)
fit <- glm(malignant ~ z + age, family = binomial, data = d, control = list(epsilon = 1e-12))
say("model, odds ratio", exp(unname(coef(fit)["z"]))); say("model, p", coef(summary(fit))["z", 4])
say("model, low", exp(confint.default(fit)["z", 1])); say("model, high", exp(confint.default(fit)["z", 2]))
p <- c(0.001, 0.2, 0.03, 0.04, 0.8, 0.012)
for (k in seq_along(p)) {
  say(paste("Benjamini-Hochberg,", k), p.adjust(p, "BH")[k]); say(paste("Holm,", k), p.adjust(p, "holm")[k])
}
table <- data.frame(name = names(out), value = format(unlist(out), digits = 15, trim = TRUE))
write.csv(table, "rank_tests_output.csv", row.names = FALSE)
cat("R", as.character(getRversion()), "\n")
