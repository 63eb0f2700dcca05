# Bars of a rate, from the files of report.py that works names, as SVG on stdout.
# No background, and colours that can be read on a white page as well as on a dark one.
# All bars are of one height: a panel is as high as the one with the most bars.
most = 0
do for [work in works] {
  stats work . ".dat" using 2 nooutput
  most = STATS_records > most ? STATS_records : most
}
panels = words(works)
row_height = 24.5
head_height = 48
height = panels * (most * row_height + head_height)

set terminal svg size 840,height dynamic enhanced \
  font "system-ui,Segoe UI,Helvetica,Arial,sans-serif,14"
ours = "#e8590c"
theirs = "#8c96a1"
words = "#737c87"

title_of(work) = work eq "load" ? "Answered on 50 connections, requests per second" : \
                 work eq "publish" ? "Published, messages per second" : \
                                     "Consumed to a file, messages per second"
grouped(rate) = rate < 1000 ? sprintf("%d", rate) : sprintf("%d %03d", rate / 1000, int(rate) % 1000)

set multiplot layout panels,1 margins 0.285,0.90,10.0/height,1 - (head_height - 17.0)/height \
  spacing 0,head_height/height
set border 0
unset key
unset xtics
set ytics scale 0 textcolor rgb words
set style fill solid 1.0 noborder
do for [work in works] {
  file = work . ".dat"
  set autoscale
  stats file using 2 nooutput
  set xrange [0:STATS_max * 1.02]
  set yrange [most - 0.4:-0.6]
  set label 1 "{/:Bold " . title_of(work) . "}" at graph 0,1.07 left textcolor rgb words
  plot file using (0):1:(0):2:($1 - 0.36):($1 + 0.36):ytic(4) \
         with boxxyerror linecolor rgb theirs, \
       file using (0):1:(0):($3 == 1 ? $2 : 0):($1 - 0.36):($1 + 0.36) \
         with boxxyerror linecolor rgb ours, \
       file using 2:1:(grouped($2)) with labels left offset 0.6,0 textcolor rgb words
}
unset multiplot
