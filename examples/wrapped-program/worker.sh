# Works until it is told to stop, then tidies up.
trap 'echo "$LEADER_IDENTITY tidies up"; exit 0' TERM
echo "$LEADER_IDENTITY works on $LEADER_NAMESPACE/$LEADER_NAME with fencing token $LEADER_FENCING_TOKEN"
while :; do
  sleep 1 &
  wait $!
done
