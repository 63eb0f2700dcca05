# Bars of messages per second, from publish.dat and consume.dat of report.py, as SVG on stdout.
# No background, and colours that can be read on a white page as well as on a dark one.
set terminal svg size 840,440 dynamic enhanced font "system-ui,Segoe UI,Helvetica,Arial,sans-serif,14"
ours = "#e8590c"
theirs = "#8c96a1"
words = "#737c87"

array works[2] = ["publish", "consume"]
array titles[2] = ["Published, messages per second", "Consumed to a file, messages per second"]
grouped(rate) = rate < 1000 ? sprintf("%d", rate) : sprintf("%d %03d", rate / 1000, int(rate) % 1000)
file(i) = works[i] . ".dat"

# Bars of both halves are to be of one height.
most = 0
do for [i = 1:2] {
  stats file(i) using 2 nooutput
  most = STATS_records > most ? STATS_records : most
}

set multiplot layout 2,1 margins 0.285,0.90,0.02,0.93 spacing 0,0.11
set border 0
unset key
unset xtics
set ytics scale 0 textcolor rgb words
set style fill solid 1.0 noborder
do for [i = 1:2] {
  set autoscale
  stats file(i) using 2 nooutput
  set xrange [0:STATS_max * 1.02]
  set yrange [most - 0.4:-0.6]
  set label 1 "{/:Bold " . titles[i] . "}" at graph 0,1.07 left textcolor rgb words
  plot file(i) using (0):1:(0):2:($1 - 0.36):($1 + 0.36):ytic(4) \
         with boxxyerror linecolor rgb theirs, \
       file(i) using (0):1:(0):($3 == 1 ? $2 : 0):($1 - 0.36):($1 + 0.36) \
         with boxxyerror linecolor rgb ours, \
       file(i) using 2:1:(grouped($2)) with labels left offset 0.6,0 textcolor rgb words
}
unset multiplot
